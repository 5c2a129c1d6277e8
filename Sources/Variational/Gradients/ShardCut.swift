import JSON
import Synchronization
import Tensors

/// Rows divided into shards, which are assigned to the threads of a team.
///
/// A shard has about `drawsPerShard` draws of z, and all shards but the last have the same number
/// of rows. The division depends only on the numbers of rows and draws, since it determines the
/// order of sums: results are the same for any number of threads.
struct ShardCut {
  /// The number of draws of z that a shard should have: enough for fast products, few enough for
  /// the cache.
  static let drawsPerShard = 256

  let rows: Int
  let rowsPerShard: Int
  /// The number of shards.
  var count: Int { Self.quotient(rows, rowsPerShard) }

  /// Divides a batch whose rows have `draws` draws of z each: as evenly as possible, and into at
  /// least two shards unless there is only one row.
  init(batch rows: Int, draws: Int) {
    let shards = min(rows, max(2, Self.quotient(rows * draws, Self.drawsPerShard)))
    self.init(rows, rowsPerShard: Self.quotient(rows, shards))
  }

  /// Divides rows that are computed independently, `draws` draws of z at a time for each: at most
  /// 64 rows in a shard, and about `fewest` shards or more if there are enough rows.
  init(rows: Int, draws: Int, fewest: Int = 8) {
    let most = min(64, Self.drawsPerShard / max(1, draws), Self.quotient(rows, fewest))
    self.init(rows, rowsPerShard: max(1, most))
  }

  private init(_ rows: Int, rowsPerShard: Int) {
    (self.rows, self.rowsPerShard) = (rows, rowsPerShard)
  }

  /// Returns a / b, rounded up.
  private static func quotient(_ a: Int, _ b: Int) -> Int { (a + b - 1) / b }

  /// Returns the rows of a shard of a batch of `rows` rows, which may be fewer than the cut was
  /// made for.
  func range(of shard: Int, in rows: Int) -> Range<Int> {
    let start = shard * rowsPerShard
    return start..<min(start + rowsPerShard, rows)
  }

  /// Returns the number of shards of a batch of `rows` rows, which may be fewer than the cut was
  /// made for.
  func count(for rows: Int) -> Int { Self.quotient(rows, rowsPerShard) }

  /// Calls `work` with the rows of every shard, on one worker for each thread, and `checkpoint`
  /// before each. A fault ends its lane; the first one is thrown once all lanes have ended. Every
  /// process runs all shards; a cancel of one of them is thrown by all.
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
    let fault = failure.withLock { $0 }
    if let ranks = team.ranks {
      let stop = StopFlag()
      if fault?.kind == .cancelled { stop.raise() }
      try ranks.gather([], stop: stop)
    }
    if let fault { throw fault }
  }
}
