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
  /// The most rows of a shard of rows that are computed independently.
  static let mostRows = 64

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
  /// `mostRows` in a shard, and about `fewest` shards or more if there are enough rows.
  init(rows: Int, draws: Int, fewest: Int = 8) {
    let most = min(Self.mostRows, Self.drawsPerShard / max(1, draws), Self.quotient(rows, fewest))
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
  /// before each. A fault ends its lane; the first one is thrown once all lanes have ended. Rows of
  /// `read` that are distributed are brought first, some shards' at a time.
  func run<Worker>(
    _ team: Team, reading read: Read? = nil, _ checkpoint: () throws(Fault) -> Void,
    _ make: () throws(Fault) -> Worker,
    _ work: (Worker, Range<Int>) throws(Fault) -> Void
  ) throws(Fault) {
    let workers = try workers(team, make)
    guard let read, read.data.isDistributed else {
      return try run(0..<count, workers, team, checkpoint, work)
    }
    for round in rounds(of: Self.shardsPerRound) {
      try bring(round, of: read, checkpoint)
      try run(round, workers, team, checkpoint, work)
    }
  }

  /// Does the same, and several processes share the shards: they pass on to each other the
  /// `results` for the rows of a shard, which one of them has made. The fault of one ends all.
  func run<Worker>(
    _ team: Team, reading read: Read? = nil, _ checkpoint: () throws(Fault) -> Void,
    results: (_ rows: Range<Int>, _ owner: Int) -> [Ranks.Part?],
    _ make: () throws(Fault) -> Worker,
    _ work: (Worker, Range<Int>) throws(Fault) -> Void
  ) throws(Fault) {
    guard let ranks = team.ranks else {
      return try run(team, reading: read, checkpoint, make, work)
    }
    let made = Result { () throws(Fault) in try workers(team, make) }
    for round in rounds(of: Self.shardsPerRound * ranks.count) {
      let (start, shards) = (round.lowerBound, round.count)
      if let read, read.data.isDistributed { try bring(round, of: read) {} }
      let own = ranks.share(of: shards)
      let outcome = Result { () throws(Fault) in
        try run(
          start + own.lowerBound..<start + own.upperBound, try made.get(), team, checkpoint, work
        )
      }
      let parts = (0..<shards).flatMap { shard in
        results(range(of: start + shard, in: rows), ranks.owner(of: shard, among: shards))
      }
      try ranks.gather(parts.compactMap { $0 }, after: outcome)
    }
  }

  /// The number of shards that a process runs before it passes on their results: enough that the
  /// meetings cost little, few enough that a cancel does not wait long.
  private static let shardsPerRound = 8

  private func rounds(of most: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: most).map { $0..<min($0 + most, count) }
  }

  /// The rows that shards read: row n of the cut is the one named by `names[n]`.
  struct Read {
    let data: any Examples
    let names: UnsafePointer<UInt32>

    init(_ names: UnsafePointer<UInt32>, of data: any Examples) {
      (self.data, self.names) = (data, names)
    }
  }

  private func bring(
    _ shards: Range<Int>, of read: Read, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    let first = range(of: shards.lowerBound, in: rows).lowerBound
    let end = range(of: shards.upperBound - 1, in: rows).upperBound
    try read.data.bring(read.names + first, count: end - first, checkpoint)
  }

  private func workers<Worker>(
    _ team: Team, _ make: () throws(Fault) -> Worker
  ) throws(Fault) -> [Worker] {
    try (0..<min(team.threads, count)).map { (_) throws(Fault) in try make() }
  }

  private func run<Worker>(
    _ shards: Range<Int>, _ workers: [Worker], _ team: Team,
    _ checkpoint: () throws(Fault) -> Void,
    _ work: (Worker, Range<Int>) throws(Fault) -> Void
  ) throws(Fault) {
    let lanes = min(workers.count, shards.count)
    guard lanes > 0 else { return }
    let failure = Mutex<Fault?>(nil)
    team.run(lanes: lanes, phase: "evaluation") { lane in
      do throws(Fault) {
        for shard in stride(from: shards.lowerBound + lane, to: shards.upperBound, by: lanes) {
          try checkpoint()
          try work(workers[lane], range(of: shard, in: rows))
        }
      } catch { failure.withLock { $0 = $0 ?? error } }
    }
    if let fault = failure.withLock({ $0 }) { throw fault }
  }
}
