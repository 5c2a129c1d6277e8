import Glibc

/// Statistics of one example's importance weights, from their logarithms in a stream.
///
/// -infinity is a weight of 0; NaN and infinity make every statistic NaN.
struct Weights {
  /// Below this effective size a few of a row's weights outweigh all others.
  static let leastEffectiveSize = 8.0

  private(set) var count = 0.0
  private var largest = -Double.infinity
  /// Sums of the first four powers of the weights, scaled so that the largest weight is 1.
  private var powers = SIMD4<Double>()
  /// The shape of the weights' tail; NaN until enough of them have arrived.
  private(set) var tailIndex = Double.nan

  mutating func add(_ value: Double) {
    count += 1
    if value > largest {
      let factor = largest == -.infinity ? 0 : exp(largest - value)
      powers *= SIMD4(repeating: factor)
      powers *= SIMD4(1, factor, factor, factor)
      powers *= SIMD4(1, 1, factor, factor)
      powers *= SIMD4(1, 1, 1, factor)
      powers += SIMD4(repeating: 1)
      largest = value
    } else if value > -.infinity {
      let weight = exp(value - largest)
      let square = weight * weight
      powers += SIMD4(weight, square, square * weight, square * square)
    }
    if value.isNaN || value == .infinity {
      (largest, powers) = (.nan, SIMD4(repeating: .nan))
    }
  }

  /// Adds one weight of `samples`, and to `tail` if it is one of the largest until now; the last
  /// weight determines the tail index, and leaves no tail.
  mutating func add(_ value: Double, of samples: Int, tail: inout LargestValues?) {
    add(value)
    guard let length = TailIndex.tail(of: samples) else { return }
    if tail == nil { tail = LargestValues(length + 1) }
    tail?.add(value)
    guard count == Double(samples), let sorted = tail?.sorted else { return }
    tailIndex = largest.isNaN ? .nan : TailIndex.fit(logWeights: sorted)
    tail = nil
  }

  var logMean: Double { largest + log(powers[0]) - log(count) }

  /// (sum w)^2 / sum w^2; 0 if all weights are 0.
  var effectiveSize: Double { powers[1] == 0 ? 0 : powers[0] * powers[0] / powers[1] }

  /// The variance of `logMean` by the delta method: the variance of a weight over its squared mean,
  /// over the number of weights. NaN if it is unknown.
  var variance: Double {
    guard count > 1, powers[0] > 0 else { return .nan }
    let mean = powers[0] / count
    let spread = max((powers[1] / count - mean * mean) / (mean * mean), 0)
    return spread * count / (count - 1) / count
  }

  /// The variance of the estimate `variance`, from the fourth moment.
  var varianceOfVariance: Double {
    guard count > 1, powers[0] > 0 else { return .nan }
    let mean = powers[0] / count
    let second = powers[1] / count / (mean * mean)
    let third = powers[2] / count / (mean * mean * mean)
    let fourth = powers[3] / count / (mean * mean * mean * mean)
    let spread = max(second - 1, 0)
    // Weights that hardly differ leave no digits for the fourth moment: it is taken as a normal's.
    let kurtosis =
      spread < 1e-6
      ? 3 * spread * spread : max(fourth - 4 * third + 6 * second - 3, spread * spread)
    return (kurtosis - spread * spread) / count / ((count - 1) * (count - 1))
  }
}

extension [Weights] {
  /// Returns the tail index of each row; nil if there were too few samples.
  func tailIndices(of samples: Int) -> [Double]? {
    TailIndex.tail(of: samples) == nil ? nil : map(\.tailIndex)
  }
}

extension Evaluation.Estimate {
  /// The logarithm of the mean of each row's weights.
  init(_ weights: [Weights]) {
    self.init(perRow: weights.map(\.logMean))
    guard let first = weights.first, first.count > 1 else { return }
    monteCarloVariance = weights.map(\.variance)
    logMeans = weights.map {
      LogMean(shortfall: $0.variance / 2, varianceOfVariance: $0.varianceOfVariance)
    }
  }
}
