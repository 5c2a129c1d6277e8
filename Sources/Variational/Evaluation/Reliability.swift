import Glibc

/// Whether importance-weighted estimates, and the errors reported with them, can be trusted.
///
/// A row's estimate is unreliable if its tail index is above 0.7 (`TailIndex`), its effective
/// sample size is below 8, there are too few samples to tell, or the estimate is not finite. Both
/// diagnostics are estimates too: with few samples a tail index exceeds its limit now and then by
/// chance, and a mean over rows tolerates some of those. So one row with too small an effective
/// sample size is enough for a warning, but tails cause one only if the mean index is above 1/2,
/// from which the variance is infinite, or if more than a twentieth of the rows are above the
/// limit.
public struct Reliability: Sendable {
  /// The fraction of rows whose estimates are unreliable.
  public let unreliable: Double
  /// Why the mean and its error cannot be trusted; nil if they can.
  public let warning: String?

  /// The tail index above which the variance of the weights is infinite, and the fraction of heavy
  /// tails that chance explains.
  private static let finiteVariance = 0.5
  private static let chance = 0.05

  /// From importance weights of independent draws.
  init(ofImportance weights: [Weights], samples: Int) {
    guard TailIndex.tail(of: samples) != nil else {
      self.init(
        unreliable: 1,
        warning:
          "\(samples == 1 ? "one sample shows" : "\(samples) samples show") no tail of the importance weights: "
          + "how far the estimate is below log p(x) is not known; take 21 samples or more")
      return
    }
    let indices = weights.map(\.tailIndex)
    self.init(
      weights, least: Weights.leastEffectiveSize, indices,
      remedy: "take more samples, or \"estimator\": \"annealed\"")
  }

  /// From the weights of annealed chains, which are too few for a tail index: half of them should
  /// count.
  init(ofChains weights: [Weights], chains: Int) {
    let least = max(Weights.leastEffectiveSize, Double(chains) / 2)
    guard chains >= Int(Weights.leastEffectiveSize) else {
      self.init(
        unreliable: 1,
        warning:
          "\(chains == 1 ? "one chain says" : "\(chains) chains say") too little of how their weights vary: "
          + "how far the estimate is from log p(x) is not known; take \(Int(least)) chains or more")
      return
    }
    self.init(weights, least: least, nil, remedy: "take more temperatures, then more chains")
  }

  private init(unreliable: Double, warning: String?) {
    (self.unreliable, self.warning) = (unreliable, warning)
  }

  /// Returns the same, with `reason` as the warning unless there is one already.
  func doubted(_ reason: String) -> Reliability {
    Reliability(unreliable: unreliable, warning: warning ?? reason)
  }

  private init(_ weights: [Weights], least: Double, _ indices: [Double]?, remedy: String) {
    let few = weights.map { !($0.effectiveSize >= least && $0.logMean.isFinite) }
    let heavy = indices?.map { !($0 <= TailIndex.limit) } ?? few.map { _ in false }
    let count = Double(max(1, weights.count))
    let unreliable = Double(zip(few, heavy).count { $0 || $1 }) / count
    func rows(_ found: [Bool]) -> String {
      "\(found.count(where: \.self)) of \(weights.count) row\(weights.count == 1 ? "" : "s")"
    }
    var reasons: [String] = []
    if few.contains(true) {
      reasons.append(
        "in \(rows(few)) a few weights outweigh all others (effective sample size below \(Int(least)))"
      )
    }
    if let indices {
      let mean = indices.reduce(0, +) / count
      let share = Double(heavy.count(where: \.self)) / count
      if share > Self.chance {
        reasons.append(
          "in \(rows(heavy)) the weights' tail is too heavy (k-hat above \(TailIndex.limit))")
      } else if !(mean <= Self.finiteVariance) {
        reasons.append(
          "the weights' tails are heavy (mean k-hat \((100 * mean).rounded() / 100), and from 0.5 on their variance is infinite)"
        )
      }
    }
    let words =
      reasons.joined(separator: "; ")
      + ": the estimate may be wrong by much more than its error; \(remedy)"
    self.init(unreliable: unreliable, warning: reasons.isEmpty ? nil : words)
  }
}
