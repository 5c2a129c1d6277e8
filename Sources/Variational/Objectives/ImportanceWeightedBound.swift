import Declarations
import Glibc
import JSON

/// The importance-weighted bound: log of the mean over samples of w = p(x, z) / q(z | x) (Burda et
/// al., arXiv 1509.00519), or the mean of `outer` such bounds (Rainforth et al., arXiv 1802.04537,
/// section 4).
///
/// With v the normalised weights of an example's samples, its gradient is, by `estimator`:
/// - `reparameterized`: sum v d log w, all of it (Burda et al., equation 13);
/// - `stickTheLanding`: without the score of q, d log q / d parameters at a fixed z, whose mean is
///   zero for one sample (Roeder et al., arXiv 1703.09194); biased for more;
/// - `doublyReparameterized`: the encoder takes v^2 on the path through z and no score, which is
///   unbiased for any number of samples; the decoder and the prior's parameters as usual (Tucker et
///   al., arXiv 1810.04152).
package struct ImportanceWeightedBound: ObjectiveModule, EstimatedObjective {
  /// The number of samples under one logarithm.
  package var inner = 5
  package var outer = 1
  package var estimator = GradientEstimator.reparameterized

  package init() {}

  package static let estimators = GradientEstimator.allCases
  package static let type = "importance"
  package static let summary =
    "Importance-weighted bound: log of the mean over samples of p(x, z) / q(z|x)."
  package static var examples: [ImportanceWeightedBound] {
    estimators.map { ImportanceWeightedBound().estimated(by: $0) }
  }
  package static let fields: [Field<ImportanceWeightedBound>] = [
    Field("samples", \.inner, "Samples of z in one logarithm.", .from(1, to: 10_000)),
    Field(
      "outer", \.outer, "Number of bounds that are averaged for each example.", .from(1, to: 1000)),
    Field("estimator", \.estimator, "How the gradient is estimated."),
  ]

  package var samples: Int { inner * outer }
  package var prefersAnalyticDivergence: Bool { false }
  package var uniformWeight: Float? { nil }

  package func weigh(_ terms: Terms, _ pass: ObjectivePass) {
    let (rows, batch) = (pass.rows.count, pass.batch)
    for row in 0..<rows {
      var total = 0.0
      for group in row * outer..<(row + 1) * outer {
        let range = group * inner..<(group + 1) * inner
        var sum = LogSumExp()
        for sample in range { sum.add(terms.logWeight(sample)) }
        total += sum.logSum - log(Double(inner))
        for sample in range {
          let share = exp(terms.logWeight(sample) - sum.logSum)
          let weight = Float(share / Double(batch * outer))
          let isDouble = estimator == .doublyReparameterized
          terms.reconstructionWeight[sample] = weight
          terms.latentScale[sample] = isDouble ? Float(share) : 1
          terms.path[sample] = isDouble ? weight * Float(share) : weight
          terms.score[sample] = estimator == .reparameterized ? weight : 0
          terms.prior[sample] = weight
        }
      }
      terms.objective[row] = total / Double(outer)
    }
  }
}

extension Choice<ObjectiveKind> {
  /// Importance-weighted bound: log of the mean over samples of p(x, z) / q(z|x).
  public static func importance(
    inner: Int = 5, outer: Int = 1, estimator: GradientEstimator = .reparameterized
  ) -> Self {
    var module = ImportanceWeightedBound()
    module.inner = inner
    module.outer = outer
    module.estimator = estimator
    return Choice(module) { $0 }
  }
}
