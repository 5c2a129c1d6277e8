import Glibc
import JSON

/// Coordinate ascent on the free energy over independent variables (Bishop, "Pattern Recognition
/// and Machine Learning", 2006, section 10.1).
///
/// With all others fixed, F is concave in q_i, and its maximum is q_i = 1 / (1 + exp(beta
/// (E_q[energy | w_i = 1] - E_q[energy | w_i = 0]))). If only one of the two means is infinite,
/// that is exactly 0 or 1; if both are, it is the value that breaks fewer rules (see
/// `ExpectedEnergy`). So no step lowers F, and the ascent ends at a maximum in every coordinate,
/// which need not be one in all jointly: hence the restarts.
struct CoordinateAscent {
  /// The ascent ends with a sweep that moves no marginal by more than this. F is flat at its
  /// maximum, so its error is of the order of the square.
  static let tolerance = 1e-12
  static let longest = 10_000

  let distribution: DiscreteDistribution
  private(set) var q: [Double]
  private(set) var sweeps = 0
  private(set) var converged = false
  private(set) var freeEnergy = -Double.infinity

  /// Ascends from `start`. `trace` receives the free energy after each sweep, which costs more than
  /// the sweep itself.
  init(
    _ distribution: DiscreteDistribution, from start: [Double],
    trace: ((Double) -> Void)? = nil, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    self.distribution = distribution
    q = start
    var isPending = Array(repeating: true, count: q.count)
    while !converged, sweeps < Self.longest {
      let before = q
      distribution.energy.sweep(&q, &isPending, step)
      sweeps += 1
      trace?(distribution.freeEnergy(of: q))
      converged = zip(q, before).allSatisfy { ($0 - $1).magnitude <= Self.tolerance }
      try checkpoint()
    }
    freeEnergy = distribution.freeEnergy(of: q)
  }

  private func step(_ zero: ExpectedEnergy, _ one: ExpectedEnergy) -> Double {
    if zero.forbidden != one.forbidden { return one.forbidden > zero.forbidden ? 0 : 1 }
    return 1 / (1 + exp(distribution.beta * (one.finite - zero.finite)))
  }
}

extension DiscreteDistribution {
  /// Runs coordinate ascent from random starts. If the states can be enumerated, it also starts
  /// from the state of lowest energy, which is allowed, if all others end at forbidden states; and
  /// from the result of the search for the optimum if that is better.
  func independentFit(
    _ restarts: Int, _ states: Enumeration?, effort: Int, _ uniform: (Int, Int) -> Double,
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> MeanFieldSolution {
    var further: [[Double]] = []
    // Computed again when needed, since the starts of many variables and restarts would fill the
    // memory.
    func start(_ restart: Int) -> [Double] {
      if restart >= restarts { return further[restart - restarts] }
      // Inside the cube, since an ascent from 0 or 1 could not leave a forbidden state.
      return (0..<variables).map { 0.01 + 0.98 * uniform(restart, $0) }
    }
    var ends: [CoordinateAscent] = []
    for restart in 0..<restarts {
      ends.append(try CoordinateAscent(self, from: start(restart), checkpoint))
    }
    if let states, ends.allSatisfy({ $0.freeEnergy == -.infinity }) {
      further.append(states.groundState)
      ends.append(try CoordinateAscent(self, from: states.groundState, checkpoint))
    }
    var highest = ends.map(\.freeEnergy).max() ?? -.infinity
    guard highest > -.infinity else {
      throw Fault(
        .support, "no q without a forbidden state was found", path: "distribution",
        expected: "a finite free energy", got: "-Infinity from \(restarts) restarts",
        hint: "try more restarts, or another seed")
    }
    // The first of equals, so that rounding does not choose between them.
    let margin = 1e-10 * max(1, highest.magnitude)
    var winners = ends.indices.filter { ends[$0].freeEnergy >= highest - margin }
    let optimum = try states.map { (states) throws(Fault) in
      try BranchAndBound(states, beta, from: ends[winners[0]].q, effort: effort, checkpoint)
    }
    if let optimum, optimum.freeEnergy > optimum.freeEnergy(of: ends[winners[0]].q) + margin {
      further.append(optimum.q)
      ends.append(try CoordinateAscent(self, from: optimum.q, checkpoint))
      highest = max(highest, ends[ends.count - 1].freeEnergy)
      winners = ends.indices.filter { ends[$0].freeEnergy >= highest - margin }
    }
    let best = winners[0]
    // Repeats the best ascent, this time with the free energies; equal starts give equal steps.
    var trace: [Double] = []
    let again = try CoordinateAscent(
      self, from: start(best), trace: { trace.append($0) }, checkpoint)
    var fit = summary(of: again.q)
    fit.iterations = again.sweeps
    fit.converged = again.converged
    fit.trace = trace
    fit.restart = best
    fit.restarts = ends.count
    fit.reached = winners.count
    fit.optima = try distinct(ends.map(\.q), checkpoint)
    let bound = optimum.map { $0.bound - $0.freeEnergy(of: fit.q) }
    bounded(&fit, by: max(0, bound ?? energy.ceiling(beta: beta) - fit.freeEnergy))
    return fit
  }

  /// Returns the number of distinct vectors: those that differ from all earlier ones in some entry
  /// by more than slow convergence explains.
  private func distinct(
    _ vectors: [[Double]], _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Int {
    var found: [[Double]] = []
    for vector in vectors {
      try checkpoint()
      let isKnown = found.contains { known in
        zip(known, vector).allSatisfy { ($0 - $1).magnitude < 1e-4 }
      }
      if !isKnown { found.append(vector) }
    }
    return found.count
  }
}
