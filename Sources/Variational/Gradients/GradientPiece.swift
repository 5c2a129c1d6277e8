import Layers
import Tensors

/// A part of the gradient that one thread computes at a time, small enough to stay in its cache.
enum GradientPiece {
  /// A range of the lanes' gradients to be summed, by its place in the arena of the parameters,
  /// padding included.
  case sum(Range<Int>)
  /// Some rows and columns of an outer product.
  case product(Product)

  struct Product {
    let isDecoder: Bool
    let outer: Stack.OuterProduct
    /// Its index among the model's parameters.
    let parameter: Int
    let rows: Range<Int>
    let columns: Range<Int>
  }

  /// The number of floats that a piece should have at most.
  static let size = 1 << 14

  /// Divides the gradients of a model into pieces, which depend on nothing else.
  static func cut(_ model: Model, _ gradients: Parameters) -> [GradientPiece] {
    guard let base = gradients.all.baseAddress else { return [] }
    var products: [Int: (isDecoder: Bool, outer: Stack.OuterProduct)] = [:]
    for outer in model.encoder.outerProducts { products[outer.parameter] = (false, outer) }
    for outer in model.decoder.outerProducts {
      products[model.decoderParameters.lowerBound + outer.parameter] = (true, outer)
    }
    var pieces: [GradientPiece] = []
    var summed = 0..<0
    for index in gradients.specs.indices {
      let block = gradients.blocks[index]
      let start = block.base - base
      guard let (isDecoder, outer) = products[index] else {
        summed = (summed.isEmpty ? start : summed.lowerBound)..<start + block.span
        continue
      }
      pieces += stretches(summed).map { .sum($0) }
      summed = 0..<0
      pieces += parts(block).map {
        .product(
          Product(
            isDecoder: isDecoder, outer: outer, parameter: index, rows: $0.rows,
            columns: $0.columns))
      }
    }
    return pieces + stretches(summed).map { .sum($0) }
  }

  /// Divides a range of the arena.
  static func stretches(_ all: Range<Int>) -> [Range<Int>] {
    stride(from: all.lowerBound, to: all.upperBound, by: size).map {
      $0..<min($0 + size, all.upperBound)
    }
  }

  /// Divides a matrix along its longer side. A column of x^T dy reads one column of dy and all of
  /// x, and a row reads the reverse: so it is the shorter side that the pieces read repeatedly.
  private static func parts(_ block: Block) -> [(rows: Range<Int>, columns: Range<Int>)] {
    let count = max(1, (block.span + size - 1) / size)
    if block.rows > block.columns {
      return ranges(block.rows, parts: count, unit: 1).map { ($0, 0..<block.columns) }
    }
    return ranges(block.columns, parts: count, unit: MatrixProduct.panel).map {
      (0..<block.rows, $0)
    }
  }

  /// Divides `length` into ranges whose numbers of units differ by at most one.
  private static func ranges(_ length: Int, parts: Int, unit: Int) -> [Range<Int>] {
    let units = (length + unit - 1) / unit
    let parts = min(parts, units)
    return (0..<parts).map {
      $0 * units / parts * unit..<min(($0 + 1) * units / parts * unit, length)
    }
  }
}
