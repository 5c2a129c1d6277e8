import Glibc

/// How heavy the tail of importance weights is: k-hat, the shape of a generalised Pareto
/// distribution fitted to the largest weights (Vehtari et al., arXiv 1507.02646; the fit by Zhang
/// and Stephens, 2009).
///
/// The weights' moments exist up to order 1 / k. Below 1/2 the variance is finite; above 0.7 the
/// estimate cannot be trusted, however small its error looks.
package enum TailIndex {
  /// The index above which an estimate is unreliable.
  package static let limit = 0.7

  /// Returns the number of weights in the tail: min(samples / 5, 3 sqrt(samples)), rounded up; nil
  /// if that is below 5, which it is for fewer than 21 samples.
  package static func tail(of samples: Int) -> Int? {
    let tail = Int(min(0.2 * Double(samples), 3 * Double(samples).squareRoot()).rounded(.up))
    return tail < 5 ? nil : tail
  }

  /// Returns k-hat from the logarithms of the tail's weights in ascending order; the first is the
  /// cut, the weight just below the tail.
  ///
  /// Infinite if the tail is so heavy that most of it vanishes beside the largest weight; 0 if all
  /// weights are equal.
  static func fit(logWeights: [Double]) -> Double {
    guard let largest = logWeights.last, let first = logWeights.first else { return .nan }
    let cut = exp(first - largest)
    return fit(exceedances: logWeights.dropFirst().map { exp($0 - largest) - cut })
  }

  /// Returns the shape of a generalised Pareto distribution from ascending draws above its cut,
  /// drawn towards 1/2 with the weight of ten draws (Vehtari et al., appendix C).
  static func fit(exceedances x: [Double]) -> Double {
    let count = Double(x.count)
    guard let largest = x.last, largest.isFinite else { return .nan }
    guard largest > 0 else { return 0 }
    let quartile = x[max(0, Int(count / 4 + 0.5) - 1)]
    guard quartile > 0, (1 / quartile).isFinite else { return .infinity }
    // The profile likelihood of b = -k / scale on a grid, and its mean under the grid's posterior.
    let points = 30 + Int(count.squareRoot())
    let grid = (1...points).map {
      1 / largest + (1 - (Double(points) / (Double($0) - 0.5)).squareRoot()) / (3 * quartile)
    }
    let likelihoods = grid.map { b in
      let k = shape(b, x)
      let likelihood = count * (log(-b / k) - k - 1)
      // The formula has no value at b = 0.
      return likelihood.isNaN ? -.infinity : likelihood
    }
    var sum = LogSumExp()
    for value in likelihoods { sum.add(value) }
    let b = zip(grid, likelihoods).reduce(0) { $0 + $1.0 * exp($1.1 - sum.logSum) }
    return (shape(b, x) * count + 10 * 0.5) / (count + 10)
  }

  /// Returns k for a given b: the mean of log(1 - b x).
  private static func shape(_ b: Double, _ x: [Double]) -> Double {
    x.reduce(0) { $0 + log1p(-b * $1) } / Double(x.count)
  }
}
