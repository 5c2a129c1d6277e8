import Glibc
import JSON

/// The free energy if all N variables are one with the same probability q, as a function of q.
///
/// F(q) = -beta B(q) + N h(q), with the polynomial B(q) = E_q[energy] in Bernstein form and the
/// binary entropy h. With a forbidden state F is -infinity inside, and only the ends q = 0 and q =
/// 1 remain. Without one, F rises from q = 0 and falls towards q = 1, and its maxima are where the
/// slope changes sign downwards: the grid is finer than the polynomial can turn, and every bracket
/// of it is bisected, so that the highest maximum is the global one.
struct SharedMarginal {
  let variables: Int
  let beta: Double
  let coefficients: [ExpectedEnergy]

  init(_ distribution: DiscreteDistribution) {
    variables = distribution.variables
    beta = distribution.beta
    coefficients = distribution.energy.shared
  }

  var hasForbidden: Bool { coefficients.contains { $0.forbidden > 0 } }

  /// Returns B'(q) by de Casteljau's scheme, down to the last two: means of neighbours, which lose
  /// no digits.
  private func energySlope(_ q: Double) -> Double {
    guard coefficients.count > 1 else { return 0 }
    var points = coefficients.map(\.finite)
    for count in stride(from: points.count - 1, to: 1, by: -1) {
      for k in 0..<count { points[k] = (1 - q) * points[k] + q * points[k + 1] }
    }
    return Double(coefficients.count - 1) * (points[1] - points[0])
  }

  /// Returns F'(q) = -beta B'(q) + N log((1 - q) / q).
  func slope(_ q: Double) -> Double {
    Double(variables) * (log1p(-q) - log(q)) - beta * energySlope(q)
  }

  /// Even steps, and powers of two towards both ends, where the entropy is steep.
  private var grid: [Double] {
    let steps = 128 * coefficients.count
    var points = (1..<steps).map { Double($0) / Double(steps) }
    points += (1...1020).map { Double(sign: .plus, exponent: -$0, significand: 1) }
    points += (1...52).map { 1 - Double(sign: .plus, exponent: -$0, significand: 1) }
    return Set(points).sorted()
  }

  /// Returns the ends and the maxima inside, with the number of bisections of each.
  func candidates() -> [(q: Double, iterations: Int, isInside: Bool)] {
    var found = [
      (q: 0.0, iterations: 0, isInside: false), (q: 1.0, iterations: 0, isInside: false),
    ]
    if hasForbidden { return found }
    var before: Double?
    for point in grid {
      let isRising = slope(point) > 0
      if let rising = before, !isRising {
        var (low, high) = (rising, point)
        var iterations = 0
        while case let middle = low + (high - low) / 2, middle > low, middle < high {
          if slope(middle) > 0 { low = middle } else { high = middle }
          iterations += 1
        }
        found.append((high, iterations, true))
      }
      before = isRising ? point : nil
    }
    return found
  }

  /// Returns how far an upper bound on F is above the highest of the maxima at `q`. With a
  /// forbidden state only the two ends are possible.
  func gap(from q: [Double]) -> Double {
    if hasForbidden { return 0 }
    let gains = coefficients.map { -beta * $0.finite }
    let largest = gains.max() ?? 0
    return SharedMarginalBound(variables: variables).gap(of: gains.map { $0 - largest }, maxima: q)
  }
}

extension DiscreteDistribution {
  /// Returns the global maximum over one marginal for all variables. Throws `support` if every q
  /// reaches a forbidden state.
  func sharedFit() throws(Fault) -> MeanFieldSolution {
    let marginal = SharedMarginal(self)
    let candidates = marginal.candidates()
    let fits = candidates.map { candidate in
      var fit = summary(of: Array(repeating: candidate.q, count: variables))
      fit.iterations = candidate.iterations
      return fit
    }
    let highest = fits.map(\.freeEnergy).max() ?? -.infinity
    guard highest > -.infinity else {
      throw Fault(
        .support, "every q with one marginal for all variables reaches a forbidden state",
        path: "family", expected: "a distribution that allows all zeros, or all ones",
        got: "one that forbids both", hint: "the family independent can avoid single states")
    }
    let margin = 1e-10 * max(1, highest.magnitude)
    let winners = fits.indices.filter { fits[$0].freeEnergy >= highest - margin }
    // Only actual maxima: inside, or at an end that is one.
    let maxima = fits.indices.filter { candidates[$0].isInside || winners.contains($0) }
    let best = winners.first { candidates[$0].isInside } ?? winners[0]
    var fit = fits[best]
    fit.converged = true
    fit.trace = [fit.freeEnergy]
    fit.restart = maxima.firstIndex(of: best) ?? 0
    fit.restarts = maxima.count
    fit.reached = winners.count
    fit.optima = maxima.count
    bounded(&fit, by: marginal.gap(from: candidates.map(\.q)))
    return fit
  }
}
