import JSON

/// Free energies and log Z over a range of beta, for a chart; in nats.
package struct FreeEnergyCurve: Sendable, Equatable {
  package let beta: [Double]
  /// nil if there are too many variables to enumerate.
  package let logPartition: [Double]?
  package let independent: [Double]
  /// -infinity if every shared q reaches a forbidden state.
  package let shared: [Double]
}

extension DiscreteDistribution {
  /// The maximum number of variables whose states are drawn side by side.
  package static let drawable = 10

  /// Returns p and q for each state. Throws `tooLarge` for more than `drawable` variables, and
  /// `params` if q does not fit.
  package func probabilities(beside q: [Double]) throws(Fault) -> StateProbabilities {
    guard variables <= Self.drawable else {
      throw Fault(
        .resultTooLarge, "2^\(variables) states are too many for a chart", path: "distribution",
        expected: "at most \(Self.drawable) variables", got: "\(variables) variables",
        hint: "the free energy against beta can be drawn for any number")
    }
    try checkMarginals(q)
    let states = try Enumeration(self)
    let names = (0..<(1 << variables)).map { state in
      String((0..<variables).map { state >> (variables - 1 - $0) & 1 == 1 ? "1" : "0" })
    }
    return StateProbabilities(
      states: names, p: states.probabilities(beta), q: states.probabilities(under: q))
  }

  /// Returns the best free energy of both families and log Z at each beta. Throws what `fit`
  /// throws, but not for `shared`.
  package func curve(
    over betas: [Double], restarts: Int = defaultRestarts,
    uniform: (_ restart: Int, _ variable: Int) -> Double,
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> FreeEnergyCurve {
    let states = variables <= Self.enumerable ? try Enumeration(self) : nil
    var (independent, shared): ([Double], [Double]) = ([], [])
    for beta in betas {
      let there = try at(beta: beta)
      independent.append(
        try there.independentFit(
          restarts, states, effort: BranchAndBound.effort / 100, uniform, checkpoint
        ).freeEnergy)
      do { shared.append(try there.sharedFit().freeEnergy) } catch { shared.append(-.infinity) }
    }
    let logPartition = try states.map { (states) throws(Fault) in
      try betas.map { (beta) throws(Fault) in
        try checkpoint()
        return states.logPartition(beta)
      }
    }
    return FreeEnergyCurve(
      beta: betas, logPartition: logPartition,
      independent: independent, shared: shared)
  }
}
