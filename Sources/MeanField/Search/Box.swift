import Glibc

/// A range of q for each free variable of a face.
struct Box {
  var lower: [Double]
  var upper: [Double]
  /// An upper bound on the free energy in the box.
  var bound = Double.infinity

  static func whole(_ variables: Int, bound: Double = .infinity) -> Box {
    Box(
      lower: Array(repeating: 0, count: variables), upper: Array(repeating: 1, count: variables),
      bound: bound)
  }

  /// Returns both halves along variable `i`.
  func halves(along i: Int) -> (Box, Box) {
    var (low, high) = (self, self)
    low.upper[i] = 0.5 * (lower[i] + upper[i])
    high.lower[i] = low.upper[i]
    return (low, high)
  }
}
