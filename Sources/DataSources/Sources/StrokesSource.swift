import Declarations
import Files
import JSON
import Tensors

/// Digits drawn by the program itself, so that everything runs without a download.
package struct StrokesSource: Source {
  package static let type = "strokes"
  package static let summary =
    "Handwritten-looking digits drawn from the seed: 28x28 grey levels, labelled; row i is the digit i mod 10."

  package var count = 10_000
  package var seed = 0

  package init() {}

  package static let examples: [StrokesSource] = {
    var few = StrokesSource()
    few.count = 100
    return [few]
  }()

  package static let fields: [Field<StrokesSource>] = [
    Field("count", \.count, "Number of digits to draw.", required: true, .from(1, to: 10_000_000)),
    Field("seed", \.seed, "Seed of the drawing.", .seed),
  ]

  package func load(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows {
    let size = 28
    try Memory.require(Size(count) * (size * size + 16), for: "\(count) digits")
    let random = Random(seed: seed, .strokes)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count * size * size)
    for index in 0..<count {
      try checkpoint()
      var hand = Hand(random, index: index)
      hand.draw(Glyphs.digits[index % 10], size: size, to: &bytes)
    }
    return try Rows(.bytes(bytes), [size, size], labels: (0..<count).map { $0 % 10 })
  }
}

extension Choice<SourceKind> {
  /// Handwritten-looking digits drawn from the seed: 28x28 grey levels, labelled; row i is the
  /// digit i mod 10.
  public static func strokes(count: Int, seed: Int = 0) -> Self {
    var module = StrokesSource()
    module.count = count
    module.seed = seed
    return Choice(module) { $0 }
  }
}
