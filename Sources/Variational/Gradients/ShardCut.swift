import JSON
import Synchronization
import Tensors

/// Rows cut into shards, which are dealt to the threads of a team.
///
/// A shard has about `drawsPerShard` draws of z, and all have as many rows but the last one. The
/// cut depends on the number of rows and of draws alone, since it decides in which order sums are
/// added up: results are the same for any number of threads.
struct ShardCut {
  /// Draws of z that a shard should have: enough for fast products, few enough for the cache.
  static let drawsPerShard = 256

  let rows: Int
  let rowsPerShard: Int
  /// How many there are.
  var count: Int { Self.quotient(rows, rowsPerShard) }

  /// Of a batch whose rows have `draws` draws of z each: as equal as they can be, and two at least,
  /// where there are rows for them.
  init(batch rows: Int, draws: Int) {
    let shards = min(rows, max(2, Self.quotient(rows * draws, Self.drawsPerShard)))
    self.init(rows, rowsPerShard: Self.quotient(rows, shards))
  }

  /// Of rows that are worked on one by one, with `draws` draws of z each at a time: at most 64 rows
  /// in a shard, and `fewest` shards at least, where there are rows for them.
  init(rows: Int, draws: Int, fewest: Int = 8) {
    let most = min(64, Self.drawsPerShard / max(1, draws), Self.quotient(rows, fewest))
    self.init(rows, rowsPerShard: max(1, most))
  }

  private init(_ rows: Int, rowsPerShard: Int) {
    (self.rows, self.rowsPerShard) = (rows, rowsPerShard)
  }

  /// a / b, rounded up.
  private static func quotient(_ a: Int, _ b: Int) -> Int { (a + b - 1) / b }

  /// The rows of a shard, where there are `rows` rows: those of the cut, or fewer.
  func range(of shard: Int, in rows: Int) -> Range<Int> {
    let start = shard * rowsPerShard
    return start..<min(start + rowsPerShard, rows)
  }

  /// How many shards a batch of `rows` rows takes, which may be fewer than the cut was made for.
  func count(for rows: Int) -> Int { Self.quotient(rows, rowsPerShard) }

  /// Calls `work` with the rows of every shard, on one worker for each thread, and `checkpoint`
  /// before each. Throws what any of them throws; a lane in which one did ends there.
  func run<Worker>(
    _ team: Team, _ checkpoint: () throws(Fault) -> Void,
    _ make: () throws(Fault) -> Worker,
    _ work: (Worker, Range<Int>) throws(Fault) -> Void
  ) throws(Fault) {
    let shards = count
    let lanes = min(team.threads, shards)
    let workers = try (0..<lanes).map { (_) throws(Fault) in try make() }
    let failure = Mutex<Fault?>(nil)
    team.run(lanes: lanes) { lane in
      do throws(Fault) {
        for shard in stride(from: lane, to: shards, by: lanes) {
          try checkpoint()
          try work(workers[lane], range(of: shard, in: rows))
        }
      } catch { failure.withLock { $0 = $0 ?? error } }
    }
    if let fault = failure.withLock({ $0 }) { throw fault }
  }
}
