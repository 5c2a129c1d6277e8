import Declarations
import Glibc
import JSON

/// An energy function over N binary variables, p(w) = exp(-beta energy(w)) / Z with w in {0, 1}^N.
///
/// States are numbered in lexicographic order, w1 slowest: 0 is all zeros, 1 has only the last
/// variable at one. `q[i]` is P(w_i = 1) of a distribution under which the variables are
/// independent. Energies are pure numbers; a forbidden state has the energy +infinity, and no
/// energy is NaN or -infinity.
public protocol Energy: Sendable {
  /// N.
  var variables: Int { get }

  /// An upper bound of |energy| over the states that are not forbidden.
  var magnitude: Double { get }

  /// The energy of one state, of N values.
  func value(of state: [Bool]) -> Double

  /// The energies of all 2^N states in lexicographic order; for few variables only.
  func table() -> [Double]

  /// E_q[energy] for independent variables.
  func expectation(under q: [Double]) -> ExpectedEnergy

  /// Visits the variables in order and sets q_i to what `step` makes of E_q[energy | w_i = 0] and
  /// E_q[energy | w_i = 1], both up to a term in common, with the q of the variables before i
  /// already replaced.
  ///
  /// `isPending[i]` says that a variable on which these means depend has moved since i was last
  /// visited: true everywhere at first. An energy that knows the neighbours of a variable passes
  /// over the others, and marks those of each variable that it moves; one where everything depends
  /// on everything may leave it alone.
  func sweep(
    _ q: inout [Double], _ isPending: inout [Bool],
    _ step: (_ zero: ExpectedEnergy, _ one: ExpectedEnergy) -> Double)

  /// The mean energy where all variables share one q, as Bernstein coefficients c_k of some degree
  /// d: E_q[energy] = sum_k C(d, k) q^k (1 - q)^(d - k) c_k. Of degree N, c_k is the mean over the
  /// states with k ones.
  var shared: [ExpectedEnergy] { get }

  /// An upper bound on H(q) - beta E_q[energy] over all q, in nats: for more variables than can be
  /// enumerated.
  func ceiling(beta: Double) -> Double
}

extension Energy {
  /// N log 2, and the most that the energies can add.
  public func ceiling(beta: Double) -> Double { Double(variables) * log(2) + beta * magnitude }
}

/// Reads the numbers of a file that an option names by its path.
public typealias NumberReader = (_ path: String) throws(Fault) -> [Double]

/// What a client writes as an energy: options that become a function once the number of variables
/// is known.
public protocol EnergyModule: Module {
  /// The energy over that many variables. Throws `params` where the options do not fit, with a path
  /// that starts at the options; what `read` throws comes out as it is.
  func energy(of variables: Int, _ read: NumberReader) throws(Fault) -> any Energy
}

/// The energies that exist: adding one is a file and a row.
public enum EnergyKind: Kind {
  public static let name = "energy"
  public static let registry = Registry<any EnergyModule>(
    name,
    [
      .module(AllOnesForbidden.self) { $0 },
      .module(IsingEnergy.self) { $0 },
      .module(ProductEnergy.self) { $0 },
      .module(TableEnergy.self) { $0 },
    ])
}
