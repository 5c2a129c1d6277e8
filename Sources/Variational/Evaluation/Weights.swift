import Glibc

/// What one example's weights, given by their logarithms in a stream, say of their mean.
///
/// -infinity is a weight of 0; NaN and infinity make everything NaN. The largest weights are only
/// kept until the last one has come.
struct Weights {
  /// Below it a row's weights say too little: a few of them outweigh all others.
  static let leastEffectiveSize = 8.0

  private(set) var count = 0.0
  private var largest = -Double.infinity
  /// Sums of the first four powers of the weights, the largest being 1.
  private var powers = SIMD4<Double>()
  private var tail: LargestValues?
  /// The shape of the weights' tail, where there were enough of them.
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

  /// One of `samples`: with the last of them comes the tail index.
  mutating func add(_ value: Double, of samples: Int) {
    add(value)
    guard let length = TailIndex.tail(of: samples) else { return }
    if tail == nil { tail = LargestValues(length + 1) }
    tail?.add(value)
    guard count == Double(samples), let sorted = tail?.sorted else { return }
    tailIndex = largest.isNaN ? .nan : TailIndex.fit(logWeights: sorted)
    tail = nil
  }

  var logMean: Double { largest + log(powers[0]) - log(count) }

  /// (sum w)^2 / sum w^2; 0 where all weights are.
  var effectiveSize: Double { powers[1] == 0 ? 0 : powers[0] * powers[0] / powers[1] }

  /// Variance of `logMean` by the delta method: that of a weight over its squared mean, over their
  /// number. NaN where nothing is known of it.
  var variance: Double {
    guard count > 1, powers[0] > 0 else { return .nan }
    let mean = powers[0] / count
    let spread = max((powers[1] / count - mean * mean) / (mean * mean), 0)
    return spread * count / (count - 1) / count
  }

  /// Variance of that variance's estimate, from the fourth moment.
  var varianceOfVariance: Double {
    guard count > 1, powers[0] > 0 else { return .nan }
    let mean = powers[0] / count
    let second = powers[1] / count / (mean * mean)
    let third = powers[2] / count / (mean * mean * mean)
    let fourth = powers[3] / count / (mean * mean * mean * mean)
    let spread = max(second - 1, 0)
    // Weights that hardly differ leave no digits: they vary like normal ones.
    let kurtosis =
      spread < 1e-6
      ? 3 * spread * spread : max(fourth - 4 * third + 6 * second - 3, spread * spread)
    return (kurtosis - spread * spread) / count / ((count - 1) * (count - 1))
  }
}

extension [Weights] {
  /// Of each row; nil where there were too few samples.
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
