import JSON
import Tensors

/// Rows cut into shards, which are dealt to the threads of a team.
///
/// The cut depends on the number of rows and of draws alone, and a row's numbers on the row alone:
/// results are the same for any number of threads.
struct Shards {
  /// Draws of z that a shard should have: enough for fast products, few enough for the cache.
  static let drawsPerShard = 256

  let count: Int
  let rowsPerShard: Int

  /// Shards for `count` rows with `draws` draws of z each at a time; eight at least, where there
  /// are rows for them.
  init(rows count: Int, draws: Int) {
    self.count = count
    rowsPerShard = max(1, min(64, Self.drawsPerShard / max(1, draws), (count + 7) / 8))
  }

  /// Calls `work` with the rows of every shard, on one worker for each thread, until `stop`. Throws
  /// what `make` throws.
  func run<Worker>(
    _ team: Team, stop: () -> Bool, _ make: () throws(Fault) -> Worker,
    _ work: (Worker, Range<Int>) -> Void
  ) throws(Fault) {
    let shards = (count + rowsPerShard - 1) / rowsPerShard
    let lanes = min(team.threads, shards)
    let workers = try (0..<lanes).map { (_) throws(Fault) in try make() }
    team.run(lanes: lanes) { lane in
      for shard in stride(from: lane, to: shards, by: lanes) {
        if stop() { return }
        let start = shard * rowsPerShard
        work(workers[lane], start..<min(start + rowsPerShard, count))
      }
    }
  }
}
