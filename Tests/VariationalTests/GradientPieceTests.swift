import Conformance
import Testing

@testable import Variational

/// The gradient is computed in pieces: tall matrices, wide ones, and undivided ones.
@Suite struct GradientPieceTests {
  private static let wide = """
    {"shape": [300], "latent": 3, "likelihood": {"type": "bernoulli"}, "seed": 3,
     "encoder": [{"type": "dense", "units": 130}, {"type": "tanh"}, {"type": "dense"}],
     "decoder": [{"type": "dense", "units": 150}, {"type": "tanh"}, {"type": "dense"}]}
    """

  @Test func eachNumberIsInOnePiece() throws {
    let model = try Model(spec(Self.wide))
    guard let base = model.parameters.all.baseAddress else { return }
    var counts = [Int](repeating: 0, count: model.parameters.all.count)
    var parts = [Int: Int]()
    for piece in GradientPiece.cut(model, model.parameters) {
      switch piece {
      case .sum(let range):
        #expect(range.count <= GradientPiece.size)
        for place in range { counts[place] += 1 }
      case .product(let product):
        parts[product.parameter, default: 0] += 1
        let block = model.parameters.blocks[product.parameter]
        for row in product.rows {
          for column in product.columns { counts[block.row(row) + column - base] += 1 }
        }
      }
    }
    for index in model.parameters.specs.indices {
      let block = model.parameters.blocks[index]
      for row in 0..<block.rows {
        for column in 0..<block.columns {
          #expect(counts[block.row(row) + column - base] == 1)
        }
      }
    }
    // 300 x 130 and 150 x 300 exceed two pieces.
    #expect(parts.values.filter { $0 == 3 }.count == 2 && parts.count == 4)
    let stretches = GradientPiece.stretches(counts.indices)
    #expect(stretches.flatMap { Array($0) } == Array(counts.indices))
  }

  /// Both by sums over ones and by products.
  @Test(arguments: [true, false])
  func piecesAddUp(isBinary: Bool) throws {
    let model = try Model(spec(Self.wide))
    var data = Rows(binary: 40, [300])
    data.isBinary = isBinary
    try checkShardsAddUp(
      model, data, #"{"type": "elbo", "samples": 2}"#, .largest(1e-4))
  }
}
