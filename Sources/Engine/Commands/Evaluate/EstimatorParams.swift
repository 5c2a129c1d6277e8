import Declarations
import Glibc
import JSON
import Variational

/// The estimator of log p(x), with the options of annealing.
struct EstimatorParams: Described {
  enum Estimator: String, Word { case importance, annealed }

  var estimator = Estimator.importance
  var temperatures: Int?
  var leapfrog: Int?

  static let fields: [Field<EstimatorParams>] =
    [
      Field("estimator", \.estimator, "How log p(x) is estimated.")
    ] + annealing

  /// The options of annealing only.
  static let annealing: [Field<EstimatorParams>] = [
    Field(
      "temperatures", \.temperatures,
      "Number of densities on the path from prior to posterior; 1000 if left out.",
      .from(1, to: 100_000)),
    Field(
      "leapfrog", \.leapfrog, "Leapfrog steps in each Hamiltonian move; 10 if left out.",
      .from(1, to: 1000)),
  ]

  /// Returns annealing with these options; nil for importance weights. Throws `params` for options
  /// of the other estimator.
  func annealing(_ model: Model, chains: Int, seed: Int) throws(Fault) -> AnnealedImportance? {
    guard estimator == .annealed else {
      for (name, value) in [("temperatures", temperatures), ("leapfrog", leapfrog)] {
        guard let value else { continue }
        throw Fault(
          .params, "this option is for annealing, but the estimator is \"importance\"", path: name,
          expected: "no \"\(name)\"", got: "\(value)",
          hint: "add \"estimator\": \"annealed\", or leave it out")
      }
      return nil
    }
    return annealed(model, chains: chains, seed: seed)
  }

  func annealed(_ model: Model, chains: Int, seed: Int) -> AnnealedImportance {
    AnnealedImportance(
      model, chains: chains, temperatures: temperatures ?? 1000, leapfrog: leapfrog ?? 10,
      seed: seed)
  }
}
