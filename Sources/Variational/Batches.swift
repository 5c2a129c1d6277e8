import Tensors

/// The order in which a trainer takes its rows: for each epoch a permutation of its own, cut into batches.
///
/// The batch of an update depends on the seed and the update alone. The last batch of an epoch has what is left.
struct Batches {
  let rows: [UInt32]
  let size: Int
  private let random: Random
  private var epoch = -1
  private(set) var order: [UInt32]

  init(rows: [UInt32], size: Int, seed: Int) {
    self.rows = rows
    self.size = min(size, rows.count)
    random = Random(seed: seed, .permutation)
    order = Array(unsafeUninitializedCapacity: rows.count) { buffer, count in
      count = rows.count
      _ = buffer.initialize(from: rows)
    }
  }

  var perEpoch: Int { (rows.count + size - 1) / size }

  /// The rows of an update, counted from 1, as a range of `order`.
  mutating func range(of update: Int) -> Range<Int> {
    let epoch = (update - 1) / perEpoch
    if epoch != self.epoch {
      // In place: assigning the whole would share the memory, and copy it at the first swap.
      for i in rows.indices { order[i] = rows[i] }
      for i in stride(from: rows.count - 1, to: 0, by: -1) {
        order.swapAt(
          i, random.integer(below: i + 1, at: i, update: UInt32(truncatingIfNeeded: epoch)))
      }
      self.epoch = epoch
    }
    let start = (update - 1) % perEpoch * size
    return start..<min(start + size, rows.count)
  }
}
