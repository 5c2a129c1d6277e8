import Glibc
import JSON

/// A distribution over N binary variables, p(w) = exp(-beta energy(w)) / Z, w in {0, 1}^N.
///
/// `beta` is zero or more. A forbidden state has probability zero at every beta, including zero:
/// that is the limit from above, and keeps log Z differentiable. Negative values are refused, since
/// with a forbidden state there is no limit, and without one the negated energies give the same
/// distribution. All logarithmic values are in nats.
package struct DiscreteDistribution: Sendable {
  /// The maximum number of variables whose 2^N states are enumerated.
  package static let enumerable = 20
  /// The maximum number of variables.
  package static let largest = 100_000

  package let variables: Int
  package let beta: Double
  package let energy: any Energy

  /// Binds `energy` to a number of variables.
  ///
  /// Throws `params` with a path that begins at `variables`, `energy` or `beta`; and what `read`
  /// throws, which reads the numbers of a file if the energy names one.
  package init(
    variables: Int, energy: any EnergyModule, beta: Double = 1,
    read: NumberReader = DiscreteDistribution.noFiles
  ) throws(Fault) {
    guard (1...Self.largest).contains(variables) else {
      throw .misfit(
        expected: "an integer from 1 to \(Self.largest)", got: .int(variables), at: "variables")
    }
    guard beta >= 0, beta.isFinite else {
      throw .misfit(
        expected: "a finite number from 0", got: beta.json, at: "beta",
        hint: beta < 0 ? "negate the energies instead" : nil)
    }
    self.variables = variables
    self.beta = beta
    self.energy = try within("energy") { () throws(Fault) in
      try energy.energy(of: variables, read)
    }
    try checkMagnitude()
  }

  private init(_ variables: Int, _ energy: any Energy, _ beta: Double) {
    self.variables = variables
    self.energy = energy
    self.beta = beta
  }

  /// Returns the same energy at another beta, zero or more.
  package func at(beta: Double) throws(Fault) -> DiscreteDistribution {
    guard beta >= 0, beta.isFinite else {
      throw .misfit(expected: "a finite number from 0", got: beta.json, at: "beta")
    }
    let other = DiscreteDistribution(variables, energy, beta)
    try other.checkMagnitude()
    return other
  }

  /// Throws unless sums and differences of beta times an energy stay far below the largest double.
  private func checkMagnitude() throws(Fault) {
    guard energy.magnitude * max(1, beta) <= 1e300 else {
      throw Fault(
        .params, "beta times the energies is too large for a double", path: "energy",
        expected: "at most 1e300", got: (energy.magnitude * max(1, beta)).json.excerpt)
    }
  }

  /// Throws: the reader of callers that have no files.
  package static func noFiles(_ path: String) throws(Fault) -> [Double] {
    throw Fault(.params, "no file can be read here", expected: "values", got: "a path")
  }

  /// Returns the free energy of independent variables with P(w_i = 1) = q_i: a lower bound on log
  /// Z, in nats.
  ///
  /// F = -beta E_q[energy] + H(q) = log Z - KL(q || p); -infinity if q reaches a forbidden state.
  package func freeEnergy(of q: [Double]) -> Double {
    freeEnergy(energy.expectation(under: q), entropy: entropy(of: q))
  }

  func freeEnergy(_ mean: ExpectedEnergy, entropy: Double) -> Double {
    // Not -beta * infinity, which is NaN at beta = 0.
    mean.forbidden > 0 ? -.infinity : entropy - beta * mean.finite
  }
}

/// Returns the entropy of independent binary variables, sum_i -q_i log q_i - (1 - q_i) log(1 -
/// q_i), in nats.
package func entropy(of q: [Double]) -> Double { q.lazy.map(binaryEntropy).compensatedSum }

/// Returns the entropy of one binary variable, in nats; zero at both ends.
func binaryEntropy(_ q: Double) -> Double {
  q > 0 && q < 1 ? -q * log(q) - (1 - q) * log1p(-q) : 0
}
