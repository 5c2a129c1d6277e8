/// Bounds on the curvatures of the mean gain and of the entropy over a box.
///
/// With c a point of the box and d the displacement from it, the second-order part of the mean gain
/// is d' J d / 2 with J between its bounds: at most sum_i `gain`[i] d_i^2 / 2. That of the entropy
/// is at most -sum_i `entropy`[i] d_i^2 / 2. If `gain` < `entropy` in every entry, F is concave in
/// the box.
struct Curvature {
  private(set) var gain: [Double]
  let entropy: [Double]

  var isConcave: Bool { zip(gain, entropy).allSatisfy { $0 < $1 } }

  init(_ derivatives: MixedDerivatives, _ box: Box) {
    let count = derivatives.count
    // 1 / (q (1 - q)) at the q nearest to 1/2.
    entropy = zip(box.lower, box.upper).map { lower, upper in
      let q = min(max(0.5, lower), upper)
      return 1 / max(q * (1 - q), 1e-300)
    }
    // In units in which the entropy's curvature is one: the largest eigenvalue of the middle of J,
    // and a row's sum of radii.
    let scale = entropy.map { 1 / $0.squareRoot() }
    var scaled = derivatives.middle
    var rows = [Double](repeating: 0, count: count)
    gain = rows
    for i in 0..<count {
      for j in 0..<count {
        scaled[i * count + j] *= scale[i] * scale[j]
        rows[i] += scaled[i * count + j].magnitude
        gain[i] += derivatives.radius[i * count + j] * scale[j] / scale[i]
      }
    }
    let share = largestEigenvalue(scaled, count, atMost: rows.max() ?? 0)
    for i in 0..<count { gain[i] += share * entropy[i] }
  }
}

/// Returns an upper bound on the largest eigenvalue of a symmetric matrix with zeros on its
/// diagonal, to 1e-11 of `bound`: the least x for which x I - matrix has a Cholesky factor.
private func largestEigenvalue(_ matrix: [Double], _ count: Int, atMost bound: Double) -> Double {
  guard bound > 0, bound.isFinite else { return bound }
  var (low, high) = (0.0, bound * (1 + 1e-11))
  for _ in 0..<40 {
    let middle = 0.5 * (low + high)
    if isPositiveDefinite(middle - 1e-12 * bound, matrix, count) {
      high = middle
    } else {
      low = middle
    }
  }
  return high
}

/// Returns whether x I - matrix is positive definite, by its Cholesky factor.
private func isPositiveDefinite(_ x: Double, _ matrix: [Double], _ count: Int) -> Bool {
  withUnsafeTemporaryAllocation(of: Double.self, capacity: count * count) { factor in
    for i in 0..<count {
      for j in 0...i {
        var rest = i == j ? x : -matrix[i * count + j]
        for k in 0..<j { rest -= factor[i * count + k] * factor[j * count + k] }
        if i == j {
          guard rest > 0 else { return false }
          factor[i * count + i] = rest.squareRoot()
        } else {
          factor[i * count + j] = rest / factor[j * count + j]
        }
      }
    }
    return true
  }
}
