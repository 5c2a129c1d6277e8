import Declarations
import JSON
import Tensors

/// Gaussian noise is added to every value; or zeros and ones are exchanged with a probability.
package struct NoiseAugmentation: AugmentationModule {
  package var deviation: Double?
  package var probability: Double?

  package init() {}

  package static let type = "noise"
  package static let summary =
    "Adds Gaussian noise to every value; or, for rows of zeros and ones, exchanges each value for the other with a probability."
  package static let fields: [Field<NoiseAugmentation>] = [
    Field(
      "deviation", \.deviation, "Standard deviation of the noise, in the units of the rows.",
      .factor),
    Field(
      "probability", \.probability, "Probability that 0 becomes 1, and 1 becomes 0.",
      .from(0, to: 1)),
  ]

  package static var examples: [NoiseAugmentation] {
    var (gaussian, binary) = (NoiseAugmentation(), NoiseAugmentation())
    (gaussian.deviation, binary.probability) = (0.1, 0.02)
    return [gaussian, binary]
  }

  /// No normal number that is drawn is larger: sqrt(-2 log(2^-33)).
  private static let largestDraw = 6.77

  package var effect: AugmentationEffect {
    probability == nil ? .shifts(by: (deviation ?? 0) * Self.largestDraw) : .flips
  }

  package func check(_ shape: Shape) throws(Fault) {
    guard (deviation == nil) == (probability == nil) else { return }
    throw Fault(
      .params, "noise has a deviation, or a probability for zeros and ones",
      expected: "\"deviation\" or \"probability\"", got: deviation == nil ? "neither" : "both",
      hint: "give one of the two")
  }

  package func apply(
    to rows: Block, shape: Shape, names: UnsafePointer<UInt32>, update: UInt32, random: Random
  ) {
    let (scale, limit) = (Float(deviation ?? 0), Float(probability ?? 0))
    rows.forEachStretch { (values, draws, row, column) in
      if probability == nil {
        random.normal(into: draws, rows: names + row, update: update, firstColumn: column)
        for i in 0..<draws.columns { values[i] += scale * draws.base[i] }
      } else {
        random.uniform(into: draws, rows: names + row, update: update, firstColumn: column)
        for i in 0..<draws.columns where draws.base[i] < limit { values[i] = 1 - values[i] }
      }
    }
  }
}

extension Block {
  /// Calls `body` with stretches of each row, with room for as many random numbers on the stack,
  /// the row and the first column.
  func forEachStretch(_ body: (UnsafeMutablePointer<Float>, Block, Int, Int) -> Void) {
    var room = InlineArray<256, Float>(repeating: 0)
    withUnsafeMutableBytes(of: &room) { room in
      guard let base = room.bindMemory(to: Float.self).baseAddress else { return }
      for row in 0..<rows {
        for column in Swift.stride(from: 0, to: columns, by: 256) {
          let draws = Block(base, rows: 1, columns: Swift.min(256, columns - column))
          body(self.row(row) + column, draws, row, column)
        }
      }
    }
  }
}

extension Choice<AugmentationKind> {
  /// Gaussian noise of this deviation is added to every value.
  public static func noise(deviation: Double) -> Self {
    var module = NoiseAugmentation()
    module.deviation = deviation
    return Choice(module) { $0 }
  }

  /// Zeros and ones are exchanged with this probability.
  public static func noise(probability: Double) -> Self {
    var module = NoiseAugmentation()
    module.probability = probability
    return Choice(module) { $0 }
  }
}
