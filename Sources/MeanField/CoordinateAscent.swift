import Glibc
import JSON

/// Coordinate ascent on the free energy over independent variables (Bishop, "Pattern Recognition and Machine
/// Learning", 2006, section 10.1).
///
/// With all others fixed, F is concave in q_i, and its maximum is
/// q_i = 1 / (1 + exp(beta (E_q[energy | w_i = 1] - E_q[energy | w_i = 0]))).
/// Where only one of the two means is infinite, that is 0 or 1 exactly; where both are, the value that breaks fewer
/// rules (see `ExpectedEnergy`). So no step lowers F, and a maximum is one in every coordinate, not in all at once:
/// hence the restarts.
struct CoordinateAscent {
  /// A sweep that moves no marginal by more ends the ascent. F is flat at its maximum, and thus exact to the square.
  static let tolerance = 1e-12
  static let longest = 10_000

  let distribution: DiscreteDistribution
  var q: [Double]
  private(set) var trace: [Double] = []
  private(set) var converged = false

  init(_ distribution: DiscreteDistribution, from q: [Double]) {
    self.distribution = distribution
    self.q = q
  }

  var freeEnergy: Double { trace.last ?? -.infinity }

  mutating func run(_ checkpoint: () throws(Fault) -> Void) throws(Fault) {
    while !converged, trace.count < Self.longest {
      let before = q
      distribution.energy.sweep(&q, step)
      trace.append(distribution.freeEnergy(of: q))
      converged = zip(q, before).allSatisfy { ($0 - $1).magnitude <= Self.tolerance }
      try checkpoint()
    }
  }

  private func step(_ zero: ExpectedEnergy, _ one: ExpectedEnergy) -> Double {
    if zero.forbidden != one.forbidden { return one.forbidden > zero.forbidden ? 0 : 1 }
    return 1 / (1 + exp(distribution.beta * (one.finite - zero.finite)))
  }
}

extension DiscreteDistribution {
  /// Coordinate ascent from random starts; and where those all end at forbidden states and the states can be
  /// enumerated, from the state of lowest energy, which is allowed.
  func independentFit(
    _ restarts: Int, _ states: Enumeration?, _ uniform: (Int, Int) -> Double,
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> MeanFieldFit {
    var ends: [CoordinateAscent] = []
    for restart in 0..<restarts {
      // Inside the cube, since a start at 0 or 1 could not leave a forbidden state behind.
      let start = (0..<variables).map { 0.01 + 0.98 * uniform(restart, $0) }
      var ascent = CoordinateAscent(self, from: start)
      try ascent.run(checkpoint)
      ends.append(ascent)
    }
    if let states, ends.allSatisfy({ $0.freeEnergy == -.infinity }) {
      let ground = states.energies.firstIndex(of: states.ground) ?? 0
      let point = (0..<variables).map { Double(ground >> (variables - 1 - $0) & 1) }
      var ascent = CoordinateAscent(self, from: point)
      try ascent.run(checkpoint)
      ends.append(ascent)
    }
    let highest = ends.map(\.freeEnergy).max() ?? -.infinity
    guard highest > -.infinity else {
      throw Fault(
        .support, "no q without a forbidden state was found", path: "distribution",
        expected: "a finite free energy", got: "-Infinity from \(restarts) restarts",
        hint: "try more restarts, or another seed")
    }
    // The first of equals: rounding must not choose between them.
    let margin = 1e-10 * max(1, highest.magnitude)
    let winners = ends.indices.filter { ends[$0].freeEnergy >= highest - margin }
    let best = winners[0]
    var fit = summary(of: ends[best].q)
    fit.iterations = ends[best].trace.count
    fit.converged = ends[best].converged
    fit.trace = ends[best].trace
    fit.restart = best
    fit.restarts = ends.count
    fit.reached = winners.count
    fit.optima = distinct(ends.map(\.q))
    return fit
  }

  /// How many of the vectors differ from all before them, in some entry by more than slow convergence leaves open.
  private func distinct(_ vectors: [[Double]]) -> Int {
    var found: [[Double]] = []
    for vector in vectors {
      let isKnown = found.contains { known in
        zip(known, vector).allSatisfy { ($0 - $1).magnitude < 1e-4 }
      }
      if !isKnown { found.append(vector) }
    }
    return found.count
  }
}
