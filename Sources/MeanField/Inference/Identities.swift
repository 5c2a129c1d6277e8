import Declarations
import Glibc
import JSON

/// The two identities of the homework's first problem as residuals: the difference of their sides
/// when each is computed separately.
package struct Identities: Answer, Equatable {
  package let divergence: [DivergenceIdentity]
  package let meanEnergy: MeanEnergyIdentity

  package static let members: [Member<Identities>] = [
    Member(
      "divergence", \.divergence, "(2) KL(q || p) = beta E_q[energy] - H(q) + log Z, for several q."
    ),
    Member("meanEnergy", \.meanEnergy, "(4) E_p[energy] = -d log Z / d beta."),
  ]
}

extension DiscreteDistribution {
  /// Returns the identities of this distribution; `own` is the divergence identity of p itself.
  func identities(
    _ own: DivergenceIdentity, _ states: Enumeration, meanEnergy: Double, marginals: [Double],
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Identities {
    let others = [
      ("uniform", Array(repeating: 0.5, count: states.variables)), ("marginals", marginals),
      ("ground", states.groundState),
    ]
    var divergence = [own]
    for (name, q) in others {
      try checkpoint()
      divergence.append(identity(name, of: q, states))
    }
    return Identities(
      divergence: divergence,
      meanEnergy: MeanEnergyIdentity(
        enumerated: meanEnergy, derivative: try states.meanEnergy(beta, checkpoint)))
  }

  /// Returns identity (2) for independent variables with P(w_i = 1) = q_i. Throws what `exact`
  /// throws.
  package func divergenceIdentity(of q: [Double]) throws(Fault) -> DivergenceIdentity {
    try checkMarginals(q)
    return identity("given", of: q, try Enumeration(self))
  }

  func identity(_ name: String, of q: [Double], _ states: Enumeration) -> DivergenceIdentity {
    let formula = states.logPartition(beta) - freeEnergy(of: q)
    let weights = states.weights(beta)
    let total = weights.compensatedSum
    var divergence = CompensatedSum()
    for (state, mass) in states.probabilities(under: q).enumerated() where mass > 0 {
      let energy = states.energies[state]
      if energy == .infinity {
        return DivergenceIdentity(name, enumerated: .infinity, formula: formula)
      }
      // A weight may underflow although its logarithm does not.
      let weight = weights[state]
      let logWeight =
        weight >= .leastNormalMagnitude ? log(weight) : -beta * (energy - states.ground)
      divergence.add(mass * (log(mass) - (logWeight - log(total))))
    }
    return DivergenceIdentity(name, enumerated: divergence.value, formula: formula)
  }

  func checkMarginals(_ q: [Double]) throws(Fault) {
    guard q.count == variables else {
      throw .misfit(expected: "\(variables) numbers", got: "\(q.count)", at: "q")
    }
    for (i, q) in q.enumerated() where !(0...1).contains(q) {
      throw .misfit(expected: "a number from 0 to 1", got: q.json, at: "q[\(i)]")
    }
  }
}
