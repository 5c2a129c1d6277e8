import Declarations
import Glibc
import JSON

/// The Renyi bound: log of the mean over samples of w^(1 - alpha), divided by 1 - alpha, w = p(x,
/// z) / q(z | x) (Li and Turner, arXiv 1602.02311, equation 9). alpha = 0 is the
/// importance-weighted bound, alpha = 1 the ELBO; below 0 it is an upper bound in the limit of many
/// samples.
package struct RenyiBound: ObjectiveModule {
  package var samples = 5
  package var alpha = 0.5

  package init() {}

  package static let type = "renyi"
  package static let summary =
    "Renyi bound: log of the mean of (p(x, z) / q(z|x))^(1 - alpha), divided by 1 - alpha."
  package static let fields: [Field<RenyiBound>] = [
    Field("samples", \.samples, "Samples of z for each example.", .from(1, to: 10_000)),
    Field("alpha", \.alpha, "Order of the divergence.", .from(-100, to: 100)),
  ]
  package static let adjustable = ["alpha"]

  package var prefersAnalyticDivergence: Bool { false }
  package var uniformWeight: Float? { nil }

  package func weigh(_ terms: Terms, _ pass: ObjectivePass) {
    let (rows, batch) = (pass.rows.count, pass.batch)
    // The limit at alpha = 1 is the mean of log w.
    let power = 1 - alpha
    for row in 0..<rows {
      let range = row * samples..<(row + 1) * samples
      var sum = LogSumExp()
      var mean = 0.0
      for sample in range {
        sum.add(power * terms.logWeight(sample))
        mean += terms.logWeight(sample) / Double(samples)
      }
      terms.objective[row] = power == 0 ? mean : (sum.logSum - log(Double(samples))) / power
      for sample in range {
        let weight = Float(exp(power * terms.logWeight(sample) - sum.logSum) / Double(batch))
        terms.reconstructionWeight[sample] = weight
        terms.latentScale[sample] = 1
        terms.path[sample] = weight
        terms.score[sample] = weight
        terms.prior[sample] = weight
      }
    }
  }
}

extension Choice<ObjectiveKind> {
  /// Renyi bound: log of the mean of (p(x, z) / q(z|x))^(1 - alpha), divided by 1 - alpha.
  public static func renyi(samples: Int = 5, alpha: Double = 0.5) -> Self {
    var module = RenyiBound()
    module.samples = samples
    module.alpha = alpha
    return Choice(module) { $0 }
  }
}
