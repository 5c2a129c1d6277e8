import Declarations
import Glibc
import JSON

/// An energy function over N binary variables, p(w) = exp(-beta energy(w)) / Z with w in {0, 1}^N.
///
/// States are numbered in lexicographic order, w1 slowest: 0 is all zeros, 1 has only the last
/// variable at one. `q[i]` is P(w_i = 1) of a distribution under which the variables are
/// independent. Energies are pure numbers; a forbidden state has the energy +infinity, and no
/// energy is NaN or -infinity.
package protocol Energy: Sendable {
  /// The number of variables, N.
  var variables: Int { get }

  /// An upper bound on |energy| over the states that are not forbidden.
  var magnitude: Double { get }

  /// Returns the energy of one state, given as N values.
  func value(of state: [Bool]) -> Double

  /// Returns the energies of all 2^N states in lexicographic order; for few variables only.
  func table() -> [Double]

  /// Returns E_q[energy] for independent variables.
  func expectation(under q: [Double]) -> ExpectedEnergy

  /// Visits the variables in order and sets q_i to the value of `step` at E_q[energy | w_i = 0] and
  /// E_q[energy | w_i = 1], which are known up to a common term, with the q of earlier variables
  /// already replaced.
  ///
  /// `isPending[i]` says that a variable on which these means depend has moved since i was last
  /// visited; it is true everywhere at first. An energy that knows the neighbours of a variable
  /// skips the others, and marks the neighbours of each variable that it moves; an energy without
  /// this structure may ignore the flags.
  func sweep(
    _ q: inout [Double], _ isPending: inout [Bool],
    _ step: (_ zero: ExpectedEnergy, _ one: ExpectedEnergy) -> Double)

  /// The mean energy if all variables share one q, as Bernstein coefficients c_k of some degree d:
  /// E_q[energy] = sum_k C(d, k) q^k (1 - q)^(d - k) c_k. For degree N, c_k is the mean over the
  /// states with k ones.
  var shared: [ExpectedEnergy] { get }

  /// Returns an upper bound on H(q) - beta E_q[energy] over all q, in nats, for more variables than
  /// can be enumerated.
  func ceiling(beta: Double) -> Double
}

extension Energy {
  /// N log 2, plus the most that the energies can add.
  package func ceiling(beta: Double) -> Double { Double(variables) * log(2) + beta * magnitude }
}

/// Reads the numbers of a file that an option names by its path.
package typealias NumberReader = (_ path: String) throws(Fault) -> [Double]

/// The options of an energy as a client writes them; they become a function once the number of
/// variables is known.
package protocol EnergyModule: Module {
  /// Returns the energy over `variables` variables. Throws `params` if the options do not fit, with
  /// a path that starts at the options, and passes on what `read` throws.
  func energy(of variables: Int, _ read: NumberReader) throws(Fault) -> any Energy
}

/// All energies. A new one needs a file and one row here.
package enum EnergyKind: Kind {
  package static let name = "energy"
  package static let registry = Registry<any EnergyModule>(
    name,
    [
      .module(AllOnesForbidden.self) { $0 },
      .module(IsingEnergy.self) { $0 },
      .module(ProductEnergy.self) { $0 },
      .module(TableEnergy.self) { $0 },
    ])
}
