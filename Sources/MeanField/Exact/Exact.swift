import Declarations
import Glibc
import JSON

/// Exact values of a distribution of few variables, by enumeration.
///
/// With p(w) = exp(-beta energy(w)) / Z: `logPartition` = log Z, `meanEnergy` = E_p[energy],
/// `entropy` = -E_p[log p], `marginals[i]` = P(w_i = 1). Sums are compensated, and logarithms are
/// of sums relative to the ground state: the relative error of log Z is about 1e-15.
package struct Exact: Answer, Equatable {
  package let logPartition: Double
  package let meanEnergy: Double
  package let entropy: Double
  package let marginals: [Double]
  package let identities: Identities

  package static let members: [Member<Exact>] = [
    Member("logPartition", \.logPartition, "log Z, in nats."),
    Member("meanEnergy", \.meanEnergy, "E_p[energy]."),
    Member("entropy", \.entropy, "-E_p[log p], in nats."),
    Member("marginals", \.marginals, "P(w_i = 1) for each variable."),
    Member("identities", \.identities, "Check of two identities between these numbers."),
  ]
}

extension DiscreteDistribution {
  /// Enumerates the 2^N states. `checkpoint` is called between passes over them, and may throw to
  /// end the call.
  ///
  /// Throws `tooLarge` for more than `enumerable` variables, and `support` if all states are
  /// forbidden.
  package func exact(checkpoint: () throws(Fault) -> Void = {}) throws(Fault) -> Exact {
    let states = try Enumeration(self)
    try checkpoint()
    let p = states.probabilities(beta)
    let logPartition = states.logPartition(beta)
    let meanEnergy = zip(p, states.energies).lazy.map { $0 > 0 ? $0 * $1 : 0 }.compensatedSum
    let entropy = p.lazy.map { $0 > 0 ? -$0 * log($0) : 0 }.compensatedSum
    try checkpoint()
    let marginals = states.marginals(p)
    // KL(p || p) is zero by definition, so this checks the formula.
    let own = DivergenceIdentity(
      "exact", enumerated: 0, formula: beta * meanEnergy - entropy + logPartition)
    return Exact(
      logPartition: logPartition, meanEnergy: meanEnergy, entropy: entropy, marginals: marginals,
      identities: try identities(
        own, states, meanEnergy: meanEnergy, marginals: marginals, checkpoint))
  }

  /// Returns log Z by enumeration, in nats; nil for more than `enumerable` variables. Throws
  /// `support` if all states are forbidden.
  package func logPartition() throws(Fault) -> Double? {
    variables <= Self.enumerable ? try Enumeration(self).logPartition(beta) : nil
  }
}
