import Glibc
import JSON

/// Computes upper bounds on F over a box of a face.
///
/// There are three valid bounds, and cheap ones come first: from a point near the box's maximum by
/// Taylor's theorem, which is exact where F is concave; at the corners, with the entropy's
/// tangents, which converges with the square of the width; and over all distributions whose
/// marginals lie in the box, independent or not, which is good for wide boxes.
struct BoxBound {
  let face: Face
  /// Returns the cost of examining a box, for each round of contraction, in nanoseconds of some
  /// processor: counted rather than measured, so that results are the same everywhere.
  static func cost(_ variables: Int) -> Int {
    3000 * (variables + 1) + 2 * (variables + 3) * (variables + 3) << max(0, variables - 1)
  }

  /// The rounds of contraction in the last look.
  var rounds: Int { derivatives.rounds }
  private let count: Int
  private var derivatives: MixedDerivatives
  private var table: [Double]
  /// exp(gain - the largest gain).
  private let weights: [Double]
  private let largest: Double

  /// A bound, a point of the box with large F, its F, and the variable to split.
  struct Look {
    var bound: Double
    var q: [Double]
    var freeEnergy: Double
    var widest: Int
  }

  init(_ face: Face) {
    self.face = face
    count = face.free.count
    derivatives = MixedDerivatives(face)
    table = face.gain.values
    let largest = table.max() ?? 0
    self.largest = largest
    // At least the smallest normal number, so that underflow does not lower a bound.
    weights = table.map { max(exp($0 - largest), .leastNormalMagnitude) }
  }

  /// Shrinks a box and bounds F on it; returns nil if the face's maximum is not in it. A bound that
  /// is at most `enough` may be rough.
  mutating func look(
    at box: inout Box, enough: Double, _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> Look? {
    guard try derivatives.contract(&box, checkpoint) else { return nil }
    let curvature = Curvature(derivatives, box)
    var q = zip(box.lower, box.upper).map { 0.5 * ($0 + $1) }
    try face.ascend(&q, within: box, sweeps: curvature.isConcave ? 200 : 8, checkpoint)
    let value = face.freeEnergy(q)
    let slopes = face.slopes(at: q)
    var look = Look(bound: value + rounding, q: q, freeEnergy: value, widest: 0)
    var most = -1.0
    for i in 0..<count {
      let gain = Gain(
        slope: slopes[i], curvature: curvature.gain[i], q: q[i], lower: box.lower[i],
        upper: box.upper[i])
      look.bound += gain.most(steepness: curvature.entropy[i], enough: 1e-11)
      let width = box.upper[i] - box.lower[i]
      if curvature.gain[i] * width * width > most {
        (most, look.widest) = (curvature.gain[i] * width * width, i)
      }
    }
    if look.bound > enough { look.bound = min(look.bound, corners(box, q) + rounding) }
    if look.bound > enough { look.bound = min(look.bound, coupled(box, enough) + rounding) }
    return look
  }

  /// A margin for the rounding error of a bound.
  private var rounding: Double { Double(count + 2) * 4e-16 * max(1, scale) }
  /// Gains far below the largest one have tiny weights where F is large, so they do not count.
  private var scale: Double { min(largest.magnitude + 100, 1e300) }

  /// Returns a bound from the corners: the mean gain and the entropy's tangents at q are
  /// multilinear, so the maximum is at a corner of the box.
  mutating func corners(_ box: Box, _ q: [Double]) -> Double {
    var constant = 0.0
    let gains = face.gain.values
    table.withUnsafeMutableBufferPointer { table in
      for k in table.indices { table[k] = gains[k] }
      for i in 0..<count {
        let q = min(max(q[i], 1e-300), 1 - 1e-16)
        let tilt = -logit(q)
        constant += binaryEntropy(q) - tilt * q
        moveToCorners(table, 1 << (count - 1 - i), box.lower[i], box.upper[i], tilt: tilt)
      }
    }
    return constant + (table.max() ?? 0)
  }

  /// Returns a bound by F(q) <= log sum_w exp(gain(w) + field w) - field q, which holds for any
  /// field: the fields are set, one variable after the other, to bring the marginals of exp(gain +
  /// field w) into the box.
  func coupled(_ box: Box, _ enough: Double) -> Double {
    var field = [Double](repeating: 0, count: count)
    var least = Double.infinity
    for _ in 0..<3 {
      var rest = weights
      for i in 0..<count {
        let (zero, one) = sums(rest, field[(i + 1)...])
        let alone = one / (zero + one)
        let wanted = min(max(alone, box.lower[i]), box.upper[i])
        let missing = logit(wanted) - log(one / zero)
        field[i] = wanted == alone ? 0 : min(max(missing, -30), 30)
        let (atZero, atOne) = factors(field[i])
        let half = rest.count / 2
        for k in 0..<half { rest[k] = atZero * rest[k] + atOne * rest[k + half] }
        rest.removeLast(half)
      }
      var bound = largest + log(rest[0])
      for i in 0..<count {
        bound += max(field[i], 0) - field[i] * (field[i] > 0 ? box.lower[i] : box.upper[i])
      }
      least = min(least, bound)
      if least <= enough { break }
    }
    return least
  }

  /// Returns the sums of a table with its first variable at 0 and at 1, and the others under their
  /// fields.
  private func sums(_ table: [Double], _ fields: ArraySlice<Double>) -> (zero: Double, one: Double)
  {
    var (work, length) = (table, table.count)
    for field in fields.reversed() {
      let (zero, one) = factors(field)
      length /= 2
      for k in 0..<length { work[k] = zero * work[2 * k] + one * work[2 * k + 1] }
    }
    return (work[0], work[1])
  }

  /// Returns 1 and exp(field), divided by the larger of them, since sums of positive numbers keep
  /// their digits.
  private func factors(_ field: Double) -> (zero: Double, one: Double) {
    field > 0 ? (exp(-field), 1) : (1, exp(field))
  }
}
