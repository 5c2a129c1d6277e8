import Glibc
import JSON

/// All 2^N states of a distribution with their energies, in lexicographic order, w1 slowest.
struct Enumeration {
  let variables: Int
  let energies: [Double]
  /// The lowest energy, which is subtracted in every exponent, so that the largest weight is one.
  let ground: Double
  /// The highest energy of a state that is not forbidden.
  let ceiling: Double

  /// Throws `tooLarge` for more variables than can be enumerated, and `support` if all states are
  /// forbidden.
  init(_ distribution: DiscreteDistribution) throws(Fault) {
    let limit = DiscreteDistribution.enumerable
    variables = distribution.variables
    guard variables <= limit else {
      throw Fault(
        .resultTooLarge, "the 2^\(variables) states are too many to enumerate",
        path: "distribution", expected: "at most \(limit) variables",
        got: "\(variables) variables",
        hint: "meanField.fit takes thousands of variables, with ising, product or allOnesForbidden")
    }
    energies = distribution.energy.table()
    var ground = Double.infinity
    var ceiling = -Double.infinity
    for energy in energies {
      // The arithmetic of a module is checked here, because NaN would pass through every comparison
      // below.
      if energy.isNaN { throw Fault(.notFinite, "an energy is NaN", path: "distribution") }
      ground = min(ground, energy)
      if energy.isFinite { ceiling = max(ceiling, energy) }
    }
    (self.ground, self.ceiling) = (ground, ceiling)
    guard ground.isFinite else {
      throw Fault(
        .support, "all states are forbidden, so Z is zero", path: "distribution",
        expected: "at least one state of finite energy", got: "none")
    }
  }

  /// The first state of lowest energy, as N values.
  var groundState: [Double] {
    let state = energies.firstIndex(of: ground) ?? 0
    return (0..<variables).map { Double(state >> (variables - 1 - $0) & 1) }
  }

  /// Returns exp(-beta (energy - ground)) for each state: one at the ground state, zero if
  /// forbidden, at any beta.
  func weights(_ beta: Double) -> [Double] {
    energies.map { $0 == .infinity ? 0 : exp(-beta * ($0 - ground)) }
  }

  /// Returns log of the sum of the weights: log Z + beta ground. Accepts negative beta, for
  /// differences around zero.
  func logWeight(_ beta: Double) -> Double {
    var sum = CompensatedSum()
    let largest = max(0, -beta * (ceiling - ground))
    for energy in energies where energy != .infinity {
      sum.add(exp(-beta * (energy - ground) - largest))
    }
    return largest + log(sum.value)
  }

  /// log Z = log sum_w exp(-beta energy(w)), in nats.
  func logPartition(_ beta: Double) -> Double { logWeight(beta) - beta * ground }

  /// Returns p(w) for each state.
  func probabilities(_ beta: Double) -> [Double] {
    let weights = weights(beta)
    let total = weights.compensatedSum
    return weights.map { $0 / total }
  }

  /// Returns P(w_i = 1) for each variable, from probabilities over the states: sums half of them,
  /// then removes one variable.
  func marginals(_ p: [Double]) -> [Double] {
    var rest = p
    return (0..<variables).map { _ in
      let half = rest.count / 2
      let marginal = rest[half...].compensatedSum
      for k in 0..<half { rest[k] += rest[k + half] }
      rest.removeLast(half)
      return min(1, marginal)
    }
  }

  /// Returns the probabilities of the states under independent variables.
  func probabilities(under q: [Double]) -> [Double] {
    q.reduce(into: [1.0]) { states, q in
      states = states.flatMap { [product($0, 1 - q), product($0, q)] }
    }
  }
}
