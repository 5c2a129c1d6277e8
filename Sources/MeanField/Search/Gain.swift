/// The change of F along one variable from q: slope d + curvature d^2 / 2 + h(q + d) - h(q).
struct Gain {
  let slope: Double
  let curvature: Double
  let q: Double
  let lower: Double
  let upper: Double

  /// Returns an upper bound: from the entropy's least `steepness` if that gives at most `enough`,
  /// else the maximum itself.
  func most(steepness: Double, enough: Double) -> Double {
    guard upper > lower else { return 0 }
    let tilt = slope - logit(q)
    let bend = curvature - steepness
    func value(_ d: Double) -> Double { tilt * d + 0.5 * bend * d * d }
    var rough = max(value(lower - q), value(upper - q), 0)
    if bend < 0 { rough = max(rough, value(min(max(-tilt / bend, lower - q), upper - q))) }
    return rough <= enough ? rough : min(rough, most)
  }

  private var most: Double {
    let most = max(value(lower), value(upper), 0)
    guard curvature > 4 else { return max(most, concave(lower, upper)) }
    // Concave on both sides of the middle, where the entropy curves less than the gain.
    let reach = 0.5 * (1 - 4 / curvature).squareRoot()
    return max(
      most, concave(lower, min(upper, 0.5 - reach)), concave(max(lower, 0.5 + reach), upper))
  }

  private func value(_ x: Double) -> Double {
    let d = x - q
    return slope * d + 0.5 * curvature * d * d + binaryEntropy(x) - binaryEntropy(q)
  }

  private func rise(_ x: Double) -> Double { slope + curvature * (x - q) - logit(x) }

  /// Returns an upper bound on a stretch where the function is concave: brackets the maximum, and
  /// follows the tangent at the bracket's lower end.
  private func concave(_ low: Double, _ high: Double) -> Double {
    guard high > low else { return -.infinity }
    if rise(low) <= 0 { return value(low) }
    if rise(high) >= 0 { return value(high) }
    var (low, high) = (low, high)
    for _ in 0..<30 {
      let middle = 0.5 * (low + high)
      if rise(middle) > 0 { low = middle } else { high = middle }
    }
    return value(low) + rise(low) * (high - low)
  }
}
