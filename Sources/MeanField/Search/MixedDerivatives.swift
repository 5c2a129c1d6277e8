import JSON

/// The slopes of a face's mean gain over a box, and their derivatives in the other variables.
///
/// A multilinear function takes its extremes over a box at corners of the box. This holds for its
/// slope in q_i, which is multilinear in the others, and for the mixed derivative J_ij.
struct MixedDerivatives {
  let face: Face
  let count: Int
  /// J_ij lies within `radius` of `middle`, row by row, over the last box that was contracted.
  private(set) var middle: [Double]
  private(set) var radius: [Double]
  /// The number of rounds over the variables in the last contraction.
  private(set) var rounds = 0
  private var work: [Double]

  init(_ face: Face) {
    self.face = face
    count = face.free.count
    middle = [Double](repeating: 0, count: count * count)
    radius = middle
    work = [Double](repeating: 0, count: 1 << max(0, count - 1))
  }

  /// Shrinks the box to where stationary points may lie, q_i = sigma(slope_i) for some slopes in
  /// their ranges; returns false if there are none.
  mutating func contract(
    _ box: inout Box, _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> Bool {
    rounds = 0
    while rounds < 8 {
      rounds += 1
      var shrunk = 1.0
      for i in 0..<count {
        try checkpoint()
        let slope = slopes(i, box)
        let (low, high) = (sigmoid(slope.lowest), sigmoid(slope.highest))
        let rounding = 4e-16
        let lower = max(box.lower[i], low - rounding * low)
        let upper = min(box.upper[i], high + rounding * high)
        guard lower <= upper else { return false }
        let width = box.upper[i] - box.lower[i]
        if width > 0 { shrunk = min(shrunk, (upper - lower) / width) }
        (box.lower[i], box.upper[i]) = (lower, upper)
      }
      if shrunk > 0.7 { break }
    }
    return true
  }

  /// Returns the range of the slope in q_i, and computes those of J_ij for j < i, whose ranges have
  /// shrunk already.
  private mutating func slopes(_ i: Int, _ box: Box) -> (lowest: Double, highest: Double) {
    let half = 1 << (count - 1)
    let stride = 1 << (count - 1 - i)
    return work.withUnsafeMutableBufferPointer { slopes in
      var largest = 0.0
      face.gain.values.withUnsafeBufferPointer { gains in
        for block in 0..<half / stride {
          for k in block * stride..<(block + 1) * stride {
            let difference = gains[k + (block + 1) * stride] - gains[k + block * stride]
            slopes[k] = difference
            largest = max(largest, difference.magnitude)
          }
        }
      }
      let error = Double(count) * 4e-16 * largest
      for j in 0..<count where j != i {
        // Without variable i, earlier variables move one place lower.
        let place = 1 << (j > i ? count - 1 - j : count - 2 - j)
        moveToCorners(slopes, place, box.lower[j], box.upper[j])
      }
      for j in 0..<i {
        let width = box.upper[j] - box.lower[j]
        let (least, most) = Self.range(of: slopes, 1 << (count - 2 - j), width, error)
        for place in [i * count + j, j * count + i] {
          middle[place] = 0.5 * (least + most)
          radius[place] = 0.5 * (most - least)
        }
      }
      var (lowest, highest) = (Double.infinity, -Double.infinity)
      for slope in slopes[..<half] {
        lowest = min(lowest, slope)
        highest = max(highest, slope)
      }
      return (lowest - error, highest + error)
    }
  }

  /// Returns the range of the derivative in a variable with this stride; not needed if the variable
  /// cannot move.
  private static func range(
    of slopes: UnsafeMutableBufferPointer<Double>, _ stride: Int, _ width: Double, _ error: Double
  ) -> (least: Double, most: Double) {
    guard width > 0 else { return (0, 0) }
    var (least, most) = (Double.infinity, -Double.infinity)
    for block in 0..<slopes.count / (2 * stride) {
      for k in 2 * block * stride..<(2 * block + 1) * stride {
        let difference = slopes[k + stride] - slopes[k]
        least = min(least, difference)
        most = max(most, difference)
      }
    }
    return ((least - error) / width, (most + error) / width)
  }
}

/// Replaces the entries at 0 and 1 of a table that is linear in one variable by those at both ends
/// of a range, with `tilt` times the variable added.
func moveToCorners(
  _ table: UnsafeMutableBufferPointer<Double>, _ stride: Int, _ lower: Double, _ upper: Double,
  tilt: Double = 0
) {
  for block in 0..<table.count / (2 * stride) {
    for k in 2 * block * stride..<(2 * block + 1) * stride {
      let (zero, slope) = (table[k], table[k + stride] - table[k] + tilt)
      table[k] = zero + lower * slope
      table[k + stride] = zero + upper * slope
    }
  }
}
