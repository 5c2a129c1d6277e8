import Declarations
import Glibc
import JSON

/// What enumeration says about a distribution of few variables.
///
/// With p(w) = exp(-beta energy(w)) / Z: `logPartition` = log Z, `meanEnergy` = E_p[energy],
/// `entropy` = -E_p[log p], `marginals[i]` = P(w_i = 1). Sums are compensated and logarithms taken
/// of sums relative to the ground state: log Z is good to about 1e-15 of its own size.
public struct Exact: Described, Equatable {
  public var logPartition = 0.0
  public var meanEnergy = 0.0
  public var entropy = 0.0
  public var marginals: [Double] = []
  public var identities = Identities()

  public init() {}

  public static let fields: [Field<Exact>] = [
    Field("logPartition", \.logPartition, "log Z, in nats."),
    Field("meanEnergy", \.meanEnergy, "E_p[energy]."),
    Field("entropy", \.entropy, "-E_p[log p], in nats."),
    Field("marginals", \.marginals, "P(w_i = 1) for each variable."),
    Field("identities", \.identities, "Two identities that tie these numbers together, checked."),
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
    var exact = Exact()
    exact.logPartition = states.logPartition(beta)
    exact.meanEnergy = zip(p, states.energies).lazy.map { $0 > 0 ? $0 * $1 : 0 }.compensatedSum
    exact.entropy = p.lazy.map { $0 > 0 ? -$0 * log($0) : 0 }.compensatedSum
    try checkpoint()
    exact.marginals = states.marginals(p)
    exact.identities = try Identities(self, states, exact, checkpoint)
    return exact
  }

  /// log Z by enumeration, in nats; nil beyond `enumerable` variables. Throws `support` where all
  /// states are forbidden.
  public func logPartition() throws(Fault) -> Double? {
    variables <= Self.enumerable ? try Enumeration(self).logPartition(beta) : nil
  }
}
