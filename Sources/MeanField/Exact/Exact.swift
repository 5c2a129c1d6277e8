import Declarations
import Glibc
import JSON

/// What enumeration says about a distribution of few variables.
///
/// With p(w) = exp(-beta energy(w)) / Z: `logPartition` = log Z, `meanEnergy` = E_p[energy],
/// `entropy` = -E_p[log p], `marginals[i]` = P(w_i = 1). Sums are compensated and logarithms taken
/// of sums relative to the ground state: log Z is good to about 1e-15 of its own size.
public struct Exact: Answer, Equatable {
  public let logPartition: Double
  public let meanEnergy: Double
  public let entropy: Double
  public let marginals: [Double]
  public let identities: Identities

  public static let members: [Member<Exact>] = [
    Member("logPartition", \.logPartition, "log Z, in nats."),
    Member("meanEnergy", \.meanEnergy, "E_p[energy]."),
    Member("entropy", \.entropy, "-E_p[log p], in nats."),
    Member("marginals", \.marginals, "P(w_i = 1) for each variable."),
    Member("identities", \.identities, "Two identities that tie these numbers together, checked."),
  ]
}

extension DiscreteDistribution {
  /// Enumerates the 2^N states. `checkpoint` is called between one pass over them and the next, and
  /// may throw to end the call.
  ///
  /// Throws `tooLarge` beyond `enumerable` variables, `support` where all states are forbidden.
  public func exact(checkpoint: () throws(Fault) -> Void = {}) throws(Fault) -> Exact {
    let states = try Enumeration(self)
    try checkpoint()
    let p = states.probabilities(beta)
    let logPartition = states.logPartition(beta)
    let meanEnergy = zip(p, states.energies).lazy.map { $0 > 0 ? $0 * $1 : 0 }.compensatedSum
    let entropy = p.lazy.map { $0 > 0 ? -$0 * log($0) : 0 }.compensatedSum
    try checkpoint()
    let marginals = states.marginals(p)
    // KL(p || p) is zero by its definition: here the formula is what is checked.
    let own = DivergenceIdentity(
      "exact", enumerated: 0, formula: beta * meanEnergy - entropy + logPartition)
    return Exact(
      logPartition: logPartition, meanEnergy: meanEnergy, entropy: entropy, marginals: marginals,
      identities: try identities(
        own, states, meanEnergy: meanEnergy, marginals: marginals, checkpoint))
  }

  /// log Z by enumeration, in nats; nil beyond `enumerable` variables. Throws `support` where all
  /// states are forbidden.
  public func logPartition() throws(Fault) -> Double? {
    variables <= Self.enumerable ? try Enumeration(self).logPartition(beta) : nil
  }
}
