import Declarations
import JSON

/// An exponential average of the parameters for evaluation (Polyak and Juditsky, 1992, with a
/// decay): after each update average = d average + (1 - d) parameters, with d = min(decay, (1 + t)
/// / (10 + t)) at update t, so that the first updates, whose parameters are far from the final
/// ones, are soon forgotten.
package struct Averaging: Described {
  package var decay = 0.999

  package init() {}

  package static let fields: [Field<Averaging>] = [
    Field(
      "decay", \.decay, "Share of the average that is kept at each update.", .from(0, to: 0.999999))
  ]

  /// The weight of the parameters in the average at an update: 1 - d.
  func share(at update: Int) -> Double {
    1 - min(decay, Double(1 + update) / Double(10 + update))
  }
}
