import Tensors

/// The order in which a trainer takes its rows: each epoch is a new permutation, cut into batches.
///
/// The batch of an update depends on the seed and the update alone. If classes are balanced, an
/// epoch is as many draws: one class after the other, each time one of its rows.
struct Batches {
  let rows: [UInt32]
  /// The number of batches in an epoch.
  let perEpoch: Int
  /// The rows of a full batch.
  let size: Int
  private let cut: Division
  private let random: Random
  /// The rows of each class, if classes are balanced.
  private let classes: [[UInt32]]
  private var epoch = -1
  private(set) var order: [UInt32]

  var rowsPerEpoch: Int { cut.range(perEpoch - 1).upperBound }

  /// How an epoch of `count` rows is cut.
  struct Division {
    let count: Int
    let batch: Int
    let perEpoch: Int
    let last: LastBatch

    init(_ count: Int, batch: Int, _ last: LastBatch) {
      self.count = count
      self.batch = max(1, min(batch, count))
      self.last = last
      let (full, rest) = count.quotientAndRemainder(dividingBy: self.batch)
      perEpoch = full + (rest > 0 && last != .drop ? 1 : 0)
    }

    /// The range in the epoch of batch number `index`, counted from 0.
    func range(_ index: Int) -> Range<Int> {
      guard last == .spread else {
        return index * batch..<min((index + 1) * batch, count)
      }
      let (size, larger) = count.quotientAndRemainder(dividingBy: perEpoch)
      let start = index * size + min(index, larger)
      return start..<start + size + (index < larger ? 1 : 0)
    }

    /// Rows of the largest and of the smallest batch.
    var largest: Int { range(0).count }
    var smallest: Int { range(perEpoch - 1).count }
  }

  init(rows: [UInt32], size: Int, seed: Int, last: LastBatch = .keep, classes: [[UInt32]] = []) {
    (self.rows, self.classes) = (rows, classes)
    cut = Division(rows.count, batch: size, last)
    perEpoch = cut.perEpoch
    self.size = cut.largest
    random = Random(seed: seed, .permutation)
    order = Array(unsafeUninitializedCapacity: rows.count) { buffer, count in
      count = rows.count
      _ = buffer.initialize(from: rows)
    }
  }

  /// Returns the rows of an update, counted from 1, as a range of `order`.
  mutating func range(of update: Int) -> Range<Int> {
    let epoch = (update - 1) / perEpoch
    if epoch != self.epoch {
      if classes.isEmpty { permute(epoch) } else { draw(epoch) }
      self.epoch = epoch
    }
    return cut.range((update - 1) % perEpoch)
  }

  private mutating func permute(_ epoch: Int) {
    // In place: assigning the whole array would share its memory, and copy it at the first swap.
    for i in rows.indices { order[i] = rows[i] }
    for i in stride(from: rows.count - 1, to: 0, by: -1) {
      order.swapAt(
        i, random.integer(below: i + 1, at: i, update: UInt32(truncatingIfNeeded: epoch)))
    }
  }

  /// Draws the rows of an epoch with replacement. The classes take turns over the epochs, so that
  /// their numbers in a batch differ by at most one.
  private mutating func draw(_ epoch: Int) {
    let count = classes.count
    let first = (epoch % count) * (rows.count % count)
    for i in rows.indices {
      let place = (first + i) % count
      order[i] =
        classes[place][
          random.integer(
            below: classes[place].count, at: i, update: UInt32(truncatingIfNeeded: epoch))]
    }
  }

  /// Returns the rows of each class, in the order of the classes.
  static func classes(of rows: [UInt32], _ labels: [Int]) -> [[UInt32]] {
    Dictionary(grouping: rows) { labels[Int($0)] }.sorted { $0.key < $1.key }.map(\.value)
  }
}
