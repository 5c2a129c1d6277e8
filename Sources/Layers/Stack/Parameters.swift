import Files
import JSON
import Tensors

/// Named arrays in one stretch of memory: a model's parameters, its state, a lane's gradients, an
/// optimizer's slots.
package final class Parameters {
  package let specs: [ParameterSpec]
  package let arena: Arena
  private let table: UnsafeMutablePointer<Block>

  /// Returns the memory that the arrays take.
  package static func bytes(_ specs: [ParameterSpec]) -> Size {
    var layout = Arena.Layout(margin: 0)
    _ = places(specs, in: &layout)
    return layout.bytes
  }

  private static func places(
    _ specs: [ParameterSpec], in layout: inout Arena.Layout
  ) -> [Arena.Place] {
    specs.map { layout.block(rows: $0.rows, columns: $0.columns) }
  }

  /// Makes every array zero. Throws `memory`.
  package init(_ specs: [ParameterSpec], margin: Int = 0) throws(Fault) {
    self.specs = specs
    var layout = Arena.Layout(margin: margin)
    let places = Self.places(specs, in: &layout)
    arena = try Arena(layout, for: "the arrays of a model")
    table = .allocate(capacity: max(1, specs.count))
    for (index, place) in places.enumerated() {
      (table + index).initialize(to: arena.block(place))
    }
  }

  deinit { table.deallocate() }

  /// The blocks in the order of the specs.
  package var blocks: UnsafePointer<Block> { UnsafePointer(table) }

  /// Everything, padding included, as one row.
  package var all: UnsafeMutableBufferPointer<Float> { arena.all }

  /// The number of parameters, without padding.
  package var count: Int { specs.reduce(0) { $0 + $1.shape.count } }

  package func index(of name: String) -> Int? { specs.firstIndex { $0.name == name } }

  package func tensor(_ index: Int) -> Tensor {
    var tensor = Tensor(zeros: specs[index].shape)
    tensor.values.withUnsafeMutableBufferPointer { values in
      if let base = values.baseAddress { table[index].store(base) }
    }
    return tensor
  }

  /// Returns whether every number of an array is finite; copies nothing.
  package func isFinite(_ index: Int) -> Bool { table[index].isFinite }

  package func assign(_ tensor: Tensor, to index: Int) {
    tensor.values.withUnsafeBufferPointer { values in
      if let base = values.baseAddress { table[index].load(base) }
    }
  }

  /// Overwrites everything with the values of a store of the same specs.
  package func copy(_ other: Parameters) {
    guard let base = all.baseAddress, let source = other.all.baseAddress else { return }
    base.update(from: source, count: min(all.count, other.all.count))
  }

  /// Sets every array to its initial values; array i draws as row i. Calls `checkpoint` between
  /// pieces, and passes on what it throws.
  package func initialize<Stop: Error>(
    seed: Int, _ checkpoint: () throws(Stop) -> Void
  ) throws(Stop) {
    let random = Random(seed: seed, .initialization)
    for (index, spec) in specs.enumerated() {
      switch spec.initial {
      case .constant(let value):
        for row in 0..<spec.rows {
          table[index].row(row).update(repeating: value, count: spec.columns)
        }
      case .glorotUniform(let fanIn, let fanOut):
        let limit = (6 / Float(fanIn + fanOut)).squareRoot()
        try draw(random, limit, index, checkpoint)
      case .uniform(let limit): try draw(random, limit, index, checkpoint)
      }
    }
  }

  package func initialize(seed: Int) { initialize(seed: seed) {} }

  /// The number of values that are drawn between two checkpoints.
  private static let piece = 1 << 18

  /// Overwrites an array with numbers uniform on plus or minus `limit`.
  private func draw<Stop: Error>(
    _ random: Random, _ limit: Float, _ index: Int, _ checkpoint: () throws(Stop) -> Void
  ) throws(Stop) {
    let (spec, block) = (specs[index], table[index])
    let count = spec.shape.count
    var drawn = [Float](repeating: 0, count: min(count, Self.piece))
    var (row, column) = (0, 0)
    for start in stride(from: 0, to: count, by: Self.piece) {
      try checkpoint()
      let part = min(Self.piece, count - start)
      drawn.withUnsafeMutableBufferPointer { drawn in
        guard let base = drawn.baseAddress else { return }
        withUnsafePointer(to: UInt32(index)) {
          random.uniform(
            into: Block(base, rows: 1, columns: part), rows: $0, firstColumn: start)
        }
        for i in 0..<part {
          block[row, column] = (2 * base[i] - 1) * limit
          column += 1
          if column == spec.columns { (row, column) = (row + 1, 0) }
        }
      }
    }
  }
}
