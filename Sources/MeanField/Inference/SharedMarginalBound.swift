import Declarations
import Glibc

/// An upper bound on F(q) = -beta B(q) + N h(q), the free energy with one shared q: branch and
/// bound over ranges of q.
///
/// In a range B is in Bernstein form again, by de Casteljau's scheme, and its coefficients enclose
/// it. There are two bounds: with a tangent of the entropy the sum is such a polynomial, which is
/// at most its largest coefficient; and Taylor's theorem from a point of the range, with the
/// coefficients of B'' and the entropy's least curvature, which is exact around a maximum.
struct SharedMarginalBound {
  private let variables: Double
  private let mostRanges: Int

  /// A range of q with the Bernstein coefficients of -beta B in it.
  private struct Range {
    let lower: Double
    let upper: Double
    let gains: [Double]

    /// Returns both halves.
    func split() -> (Range, Range) {
      var points = gains
      var (low, high) = ([points[0]], [points[points.count - 1]])
      for count in stride(from: points.count - 1, to: 0, by: -1) {
        for k in 0..<count { points[k] = 0.5 * (points[k] + points[k + 1]) }
        low.append(points[0])
        high.append(points[count - 1])
      }
      let middle = 0.5 * (lower + upper)
      return (
        Range(lower: lower, upper: middle, gains: low),
        Range(lower: middle, upper: upper, gains: high.reversed())
      )
    }
  }

  /// Visits at most `mostRanges` ranges; the bounds of the others count as well.
  init(variables: Int, mostRanges: Int = 100_000) {
    self.variables = Double(variables)
    self.mostRanges = mostRanges
  }

  /// Returns how far the best bound is above the highest of the maxima found, which are at `q`.
  func gap(of gains: [Double], maxima q: [Double]) -> Double {
    let best = q.map { freeEnergy(gains, $0) }.max() ?? -.infinity
    let enough = best + BranchAndBound.tolerance / 2
    var open = [Range(lower: 0, upper: 1, gains: gains)]
    var highest = best
    for _ in 0..<mostRanges {
      guard let range = open.popLast() else { break }
      let inside = q.first { $0 >= range.lower && $0 <= range.upper }
      let bound = min(
        chord(range), taylor(range, from: inside ?? 0.5 * (range.lower + range.upper)))
      if bound <= enough {
        highest = max(highest, bound)
        continue
      }
      let (low, high) = range.split()
      open += [low, high]
    }
    for range in open { highest = max(highest, chord(range)) }
    return highest - best
  }

  /// Returns the value of a polynomial in Bernstein form, plus N h(q).
  private func freeEnergy(_ gains: [Double], _ q: Double) -> Double {
    var points = gains
    for count in stride(from: points.count - 1, to: 0, by: -1) {
      for k in 0..<count { points[k] = (1 - q) * points[k] + q * points[k + 1] }
    }
    return points[0] + variables * binaryEntropy(q)
  }

  private func rounding(_ gains: [Double]) -> Double {
    let largest = gains.reduce(0) { max($0, $1.magnitude) }
    return Double(gains.count) * 4e-16 * (largest + variables)
  }

  private func chord(_ range: Range) -> Double {
    let q = min(max(0.5 * (range.lower + range.upper), 1e-300), 1 - 1e-16)
    let tilt = -logit(q)
    let degree = Double(max(1, range.gains.count - 1))
    var most = -Double.infinity
    for (k, gain) in range.gains.enumerated() {
      let x = range.lower + Double(k) / degree * (range.upper - range.lower)
      most = max(most, gain + variables * (binaryEntropy(q) + tilt * (x - q)))
    }
    // At degree zero the tangent has two ends.
    if range.gains.count == 1 {
      most = max(most, range.gains[0] + variables * (binaryEntropy(q) + tilt * (range.upper - q)))
    }
    return most + rounding(range.gains)
  }

  private func taylor(_ range: Range, from q: Double) -> Double {
    let width = range.upper - range.lower
    let degree = Double(range.gains.count - 1)
    let first = zip(range.gains.dropFirst(), range.gains).map { degree * ($0 - $1) / width }
    let second = zip(first.dropFirst(), first).map { (degree - 1) * ($0 - $1) / width }
    let nearest = min(max(0.5, range.lower), range.upper)
    let error = rounding(range.gains)
    let bend =
      (second.max() ?? 0) + 4 * degree * degree * error / (width * width)
      - variables / max(nearest * (1 - nearest), 1e-300)
    let place = (q - range.lower) / width
    var slopes = first
    for count in stride(from: slopes.count - 1, to: 0, by: -1) {
      for k in 0..<count { slopes[k] = (1 - place) * slopes[k] + place * slopes[k + 1] }
    }
    let slope = (slopes.first ?? 0) - variables * logit(q)
    func gain(_ d: Double) -> Double { slope * d + 0.5 * bend * d * d }
    let (low, high) = (range.lower - q, range.upper - q)
    var most = max(gain(low), gain(high), 0)
    if bend < 0 { most = max(most, gain(min(max(-slope / bend, low), high))) }
    var points = range.gains
    for count in stride(from: points.count - 1, to: 0, by: -1) {
      for k in 0..<count { points[k] = (1 - place) * points[k] + place * points[k + 1] }
    }
    return points[0] + variables * binaryEntropy(q) + most + 3 * error
  }
}
