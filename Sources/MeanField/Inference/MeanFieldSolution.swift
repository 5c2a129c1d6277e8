import Declarations
import JSON

/// The best approximation found of a distribution by independent variables.
///
/// `freeEnergy` = -beta E_q[energy] + H(q) <= log Z, and `divergence` = KL(q || p) = log Z -
/// freeEnergy, in nats.
package struct MeanFieldSolution: Answer, Equatable {
  package var q: [Double]
  package var freeEnergy: Double
  package var divergence: Double?
  package var meanEnergy: Double
  package var entropy: Double
  package var iterations: Int
  package var converged: Bool
  package var optimal: Bool
  package var gap: Double?
  package var trace: [Double]
  package var restart: Int
  package var restarts: Int
  package var reached: Int
  package var optima: Int

  package static let members: [Member<MeanFieldSolution>] = [
    Member("q", \.q, "P(w_i = 1) for each variable, exactly 0 or 1 where that is the limit."),
    Member("freeEnergy", \.freeEnergy, "-beta E_q[energy] + H(q), at most log Z, in nats."),
    Member(
      "divergence", \.divergence,
      "KL(q || p) = log Z - freeEnergy, in nats; only up to \(DiscreteDistribution.enumerable) "
        + "variables, where log Z can be enumerated."),
    Member("meanEnergy", \.meanEnergy, "E_q[energy]."),
    Member("entropy", \.entropy, "H(q), in nats."),
    Member(
      "iterations", \.iterations,
      "Number of sweeps over all variables, or of bisections for the shared marginal."),
    Member("converged", \.converged, "Whether the marginals have stopped moving."),
    Member(
      "optimal", \.optimal,
      "Whether an upper bound on the free energy of the family is within 1e-9 of freeEnergy, "
        + "so that no q of it is better."
    ),
    Member(
      "gap", \.gap,
      "How far the best upper bound is above freeEnergy, in nats, if optimal is false."),
    Member(
      "trace", \.trace,
      "Free energy after each sweep of the best restart, in nats; it never falls, and is -Infinity while q "
        + "still reaches a forbidden state."),
    Member("restart", \.restart, "Index of the restart that found q, counted from 0."),
    Member(
      "restarts", \.restarts,
      "Number of restarts, one more if the search for the optimum found a better start; for shared, "
        + "the number of local maxima."),
    Member("reached", \.reached, "Number of restarts that ended at this free energy."),
    Member("optima", \.optima, "Number of different q in which the restarts ended."),
  ]
}

extension DiscreteDistribution {
  /// The default number of random starts of coordinate ascent.
  package static let defaultRestarts = 20
  package static let restartsAllowed = 1...10_000

  /// Finds the independent variables closest to this distribution, which maximise the free energy
  /// over a family.
  ///
  /// Up to `enumerable` variables the search covers all faces without forbidden states, and bounds
  /// the result from above (see `BranchAndBound`): `optimal` says that nothing is better, `gap` how
  /// far that is from known. For more variables, the best restart is compared with
  /// `Energy.ceiling`.
  ///
  /// `uniform(restart, variable)` is a number from [0, 1) that depends on its arguments alone; the
  /// starts of the family `independent` come from it. `checkpoint` is called after every sweep and
  /// may throw to end the call. Throws `support` if no q without a forbidden state was found, and
  /// `params` for a number of restarts out of range.
  package func fit(
    _ family: Family, restarts: Int = defaultRestarts,
    uniform: (_ restart: Int, _ variable: Int) -> Double,
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> MeanFieldSolution {
    guard Self.restartsAllowed.contains(restarts) else {
      let allowed = Self.restartsAllowed
      throw .misfit(
        expected: "an integer from \(allowed.lowerBound) to \(allowed.upperBound)",
        got: .int(restarts), at: "restarts")
    }
    let states = variables <= Self.enumerable ? try Enumeration(self) : nil
    try checkpoint()
    var fit =
      switch family {
      case .independent:
        try independentFit(restarts, states, effort: BranchAndBound.effort, uniform, checkpoint)
      case .shared: try sharedFit()
      }
    if let states {
      let logPartition = states.logPartition(beta)
      let divergence = logPartition - fit.freeEnergy
      // If q is p itself, rounding must not make a divergence negative.
      let rounding = 1e-12 * max(1, logPartition.magnitude)
      fit.divergence = divergence < 0 && divergence > -rounding ? 0 : divergence
    }
    return fit
  }

  /// Records how far F may be from the maximum, in nats, by an upper bound: `optimal` if within the
  /// tolerance, else `gap`.
  func bounded(_ fit: inout MeanFieldSolution, by gap: Double) {
    fit.optimal = gap <= BranchAndBound.tolerance
    fit.gap = fit.optimal ? nil : gap
  }

  /// Returns a fit at `q`, with the values that depend on q alone.
  func summary(of q: [Double]) -> MeanFieldSolution {
    let mean = energy.expectation(under: q)
    let entropy = entropy(of: q)
    return MeanFieldSolution(
      q: q, freeEnergy: freeEnergy(mean, entropy: entropy), divergence: nil,
      meanEnergy: mean.value, entropy: entropy, iterations: 0, converged: false, optimal: false,
      gap: nil, trace: [], restart: 0, restarts: 1, reached: 1, optima: 1)
  }
}
