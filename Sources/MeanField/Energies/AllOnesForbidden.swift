import Declarations
import Glibc
import JSON

/// The energy that forbids one state: infinite if all variables are one, and 0 otherwise.
///
/// p(w) = (1 - w1 w2 … wN) / (2^N - 1) for every beta. This is problem 1 of the homework: a
/// distribution on which the two mean-field families differ as much as possible.
package struct AllOnesForbidden: EnergyModule, Equatable {
  package static let type = "allOnesForbidden"
  package static let summary =
    "Zero, but infinite if all w are 1: p(w) is proportional to 1 - w1 w2 … wN."

  package init() {}

  package static let fields: [Field<AllOnesForbidden>] = []

  package func energy(of variables: Int, _: NumberReader) throws(Fault) -> any Energy {
    Bound(variables: variables)
  }

  private struct Bound: Energy {
    let variables: Int
    let magnitude = 0.0

    func value(of state: [Bool]) -> Double { state.allSatisfy { $0 } ? .infinity : 0 }

    func table() -> [Double] {
      var table = [Double](repeating: 0, count: 1 << variables)
      table[table.count - 1] = .infinity
      return table
    }

    func expectation(under q: [Double]) -> ExpectedEnergy {
      ExpectedEnergy(forbidden: q.reduce(1, product))
    }

    func sweep(
      _ q: inout [Double], _: inout [Bool],
      _ step: (_ zero: ExpectedEnergy, _ one: ExpectedEnergy) -> Double
    ) {
      // after[i]: the probability that all variables after i are one.
      var after = [Double](repeating: 1, count: variables + 1)
      for i in stride(from: variables - 1, through: 0, by: -1) {
        after[i] = product(q[i], after[i + 1])
      }
      var before = 1.0
      for i in 0..<variables {
        q[i] = step(ExpectedEnergy(), ExpectedEnergy(forbidden: product(before, after[i + 1])))
        before = product(before, q[i])
      }
    }

    /// Some variable is pinned at 0, since all ones would be reached otherwise; each of the others
    /// has at most log 2.
    func ceiling(beta: Double) -> Double { Double(variables - 1) * log(2) }

    var shared: [ExpectedEnergy] {
      var coefficients = [ExpectedEnergy](repeating: ExpectedEnergy(), count: variables + 1)
      coefficients[variables].forbidden = 1
      return coefficients
    }
  }
}
