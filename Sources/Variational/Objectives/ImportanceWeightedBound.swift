import Glibc
import JSON

/// The importance-weighted bound: log of the mean over samples of w = p(x, z) / q(z | x) (Burda et al., arXiv 1509.00519).
///
/// With v the normalised weights of an example's samples, its gradient is, by `estimator`:
/// - `reparameterized`: sum v d log w, all of it (Burda et al., equation 13);
/// - `stickTheLanding`: without the score of q, d log q / d parameters at a fixed z, whose mean is zero for one
///   sample (Roeder et al., arXiv 1703.09194); biased for more;
/// - `doublyReparameterized`: the encoder takes v^2 on the path through z and no score, which is unbiased for any number of samples; the
///   decoder as usual (Tucker et al., arXiv 1810.04152).
public struct ImportanceWeightedBound: ObjectiveModule {
  public enum Estimator: String, Word {
    case reparameterized, stickTheLanding, doublyReparameterized
  }

  public var samples = 5
  public var estimator = Estimator.reparameterized

  public init() {}

  public static let type = "importance"
  public static let summary =
    "Importance-weighted bound: log of the mean over samples of p(x, z) / q(z|x)."
  public static var examples: [ImportanceWeightedBound] {
    Estimator.allCases.map { estimator in
      var bound = ImportanceWeightedBound()
      bound.estimator = estimator
      return bound
    }
  }
  public static let fields: [Field<ImportanceWeightedBound>] = [
    Field("samples", \.samples, "Samples of z for each example.", .from(1, to: 10_000)),
    Field("estimator", \.estimator, "How the gradient is estimated."),
  ]

  public var prefersAnalyticDivergence: Bool { false }
  public var divergenceWeight: Double { 0 }
  public var uniformWeight: Float? { nil }

  public func weigh(_ terms: Terms, rows: Int, batch: Int, isAnalytic: Bool) {
    for row in 0..<rows {
      let range = row * samples..<(row + 1) * samples
      func logWeight(_ sample: Int) -> Double {
        terms.reconstruction[sample] + terms.logPrior[sample] - terms.logPosterior[sample]
      }
      var sum = LogSumExp()
      for sample in range { sum.add(logWeight(sample)) }
      terms.objective[row] = sum.logSum - log(Double(samples))
      for sample in range {
        let share = exp(logWeight(sample) - sum.logSum)
        let weight = Float(share / Double(batch))
        let isDouble = estimator == .doublyReparameterized
        terms.reconstructionWeight[sample] = weight
        terms.latentScale[sample] = isDouble ? Float(share) : 1
        terms.path[sample] = isDouble ? weight * Float(share) : weight
        terms.score[sample] = estimator == .reparameterized ? weight : 0
      }
    }
  }
}
