import Declarations
import JSON
import Tensors

/// Turns values into 0 and 1: by a threshold, or at random from the grey level.
package struct Binarize: Transform {
  package static let type = "binarize"
  package static let summary =
    "Turns values into 0 and 1, by a threshold, or at random for each batch with the grey level as the probability of 1."

  package var threshold: Double?
  package var random = false
  package var seed: Int?

  package init() {}

  package static let examples: [Binarize] = {
    var random = Binarize()
    random.random = true
    return [Binarize(), random]
  }()

  package static let fields: [Field<Binarize>] = [
    Field(
      "threshold", \.threshold,
      "Values above it become 1, the others 0; if left out, 128, or 32896 for pictures of 16 bits."),
    Field(
      "random", \.random,
      "Whether values are drawn anew for each batch, 1 with a probability of the value over 255 (bytes), 65535 (pictures of 16 bits) or the largest value (floats)."
    ),
    Field("seed", \.seed, "Seed of the draws; 0 if left out.", .seed),
  ]

  package func apply(
    to rows: Rows, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Rows {
    guard rows.binarization == .none else {
      throw Fault(.params, "an earlier transform has already binarised the rows")
    }
    var rows = rows
    guard !random else {
      guard threshold == nil else {
        throw Fault(
          .params, "expected a threshold or random, got both", path: "threshold",
          expected: "no threshold where random is true")
      }
      rows.binarization = .random(seed: seed ?? 0)
      return rows
    }
    guard seed == nil else {
      throw Fault(.params, "a seed goes with \"random\": true", path: "seed", hint: "leave it out")
    }
    // The same fraction of white in 16 bits.
    let threshold = threshold ?? rows.white.map { 128 * (Double($0) / 255).rounded() } ?? 128
    let greatest = try Spread(rows.storage, checkpoint).maximum
    if let fault = rows.storage.takeFault() { throw fault }
    guard Double(greatest) > threshold else {
      throw Fault(
        .params, "no value is above \(threshold): the largest is \(greatest)", path: "threshold",
        expected: "a threshold below \(greatest)", got: "\(threshold)")
    }
    rows.storage = try rows.storage.above(threshold, checkpoint)
    rows.binarization = .threshold(threshold)
    rows.white = nil
    return rows
  }
}

extension Choice<TransformKind> {
  /// 1 where a value is greater than the threshold; or drawn for each batch, 1 with the probability
  /// given by the grey level.
  public static func binarize(threshold: Double? = nil, random: Bool = false, seed: Int? = nil)
    -> Self
  {
    var module = Binarize()
    module.threshold = threshold
    module.random = random
    module.seed = seed
    return Choice(module) { $0 }
  }

  /// 1 where a value is greater than the threshold; or drawn for each batch, 1 with the probability
  /// given by the grey level.
  public static var binarize: Self { .binarize() }
}
