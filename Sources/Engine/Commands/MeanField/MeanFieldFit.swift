import Declarations
import JSON
import MeanField
import Tensors

enum MeanFieldFit: Command {
  static let method = "meanField.fit"
  static let effect = Effect.reads
  static let faults: [Fault.Kind] = [.support]
  static let summary =
    "Finds the factorised q of largest free energy, with a marginal for each variable or one for all."

  struct Params: Described {
    var distribution = ""
    var family = Family.independent
    var restarts = DiscreteDistribution.defaultRestarts
    var seed = 0
    static let fields: [Field<Params>] = [
      Field("distribution", \.distribution, "The distribution.", required: true, faults: .lookup),
      Field(
        "family", \.family,
        "Family of q: independent (Q1, a marginal for each variable) or shared (Q2, one for all).",
        required: true),
      Field(
        "restarts", \.restarts, "Number of starts of the coordinate ascent.",
        .from(1, to: DiscreteDistribution.restartsAllowed.upperBound)),
      Field("seed", \.seed, "Seed of the starts.", .seed),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault)
    -> MeanFieldSolution
  {
    let distribution = try session.distributions.find(params.distribution, at: "distribution")
    try distribution.requireRoom()
    return try distribution.fit(
      params.family, restarts: params.restarts, uniform: uniform(params.seed),
      checkpoint: call.checkStop)
  }

  /// Returns the random numbers for the starts, uniform on (0, 1), by restart and variable.
  static func uniform(_ seed: Int) -> (Int, Int) -> Double {
    let random = Random(seed: seed, .restarts)
    return { restart, variable in
      let words = random.words(
        UInt32(truncatingIfNeeded: variable), UInt32(truncatingIfNeeded: restart))
      return (Double(words.0) + 0.5) / 4_294_967_296
    }
  }
}
