import Layers
import Tensors

/// A stretch of the parameters that one thread sums up, or moves, at a time: small enough to stay in its cache meanwhile.
struct GradientPiece {
  /// Its place in the arena of the parameters, padding included.
  let start: Int
  let count: Int
  /// What it is computed as; nil where the lanes' gradients are added up.
  let product: Product?

  /// Some rows of an outer product.
  struct Product {
    let isDecoder: Bool
    let outer: Stack.OuterProduct
    /// Its place among the model's parameters.
    let parameter: Int
    let rows: Range<Int>
  }

  /// Floats that a piece should have at most.
  static let size = 1 << 14

  /// Whether a stack's outer products are computed in pieces. A prior that encodes rows of its own adds to what the encoder's lanes
  /// have.
  static func defers(_ model: Model, isDecoder: Bool) -> Bool {
    isDecoder || model.prior.encodedInputs == 0
  }

  /// Cuts the parameters of a model; they depend on nothing else.
  static func cut(_ model: Model, _ gradients: Parameters) -> [GradientPiece] {
    guard let base = gradients.all.baseAddress else { return [] }
    var products: [Int: (isDecoder: Bool, outer: Stack.OuterProduct)] = [:]
    if defers(model, isDecoder: false) {
      for outer in model.encoder.outerProducts { products[outer.parameter] = (false, outer) }
    }
    for outer in model.decoder.outerProducts {
      products[model.decoderParameters.lowerBound + outer.parameter] = (true, outer)
    }
    var pieces: [GradientPiece] = []
    var summed = 0..<0
    func cutSummed() {
      for start in stride(from: summed.lowerBound, to: summed.upperBound, by: size) {
        pieces.append(
          GradientPiece(start: start, count: min(size, summed.upperBound - start), product: nil))
      }
    }
    for index in gradients.specs.indices {
      let block = gradients.blocks[index]
      let start = block.base - base
      guard let (isDecoder, outer) = products[index] else {
        summed = (summed.isEmpty ? start : summed.lowerBound)..<start + block.span
        continue
      }
      cutSummed()
      summed = 0..<0
      let parts = (block.span + size - 1) / size
      let height = (block.rows + parts - 1) / parts
      for row in stride(from: 0, to: block.rows, by: height) {
        let rows = row..<min(row + height, block.rows)
        pieces.append(
          GradientPiece(
            start: start + row * block.stride, count: rows.count * block.stride,
            product: Product(isDecoder: isDecoder, outer: outer, parameter: index, rows: rows)))
      }
    }
    cutSummed()
    return pieces
  }
}
