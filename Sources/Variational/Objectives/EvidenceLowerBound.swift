import JSON

/// The evidence lower bound: mean over samples of log p(x | z), minus beta KL(q(z | x) || p(z)) (Kingma and Welling, arXiv
/// 1312.6114, equation 7). The divergence is analytic where it is known, else estimated from the same samples.
public struct EvidenceLowerBound: ObjectiveModule {
  public var samples = 1
  public var beta: Double = 1

  public init() {}

  public static let type = "elbo"
  public static let summary = "Evidence lower bound: E_q log p(x|z) - beta KL(q(z|x) || p(z))."
  public static let fields: [Field<EvidenceLowerBound>] = [
    Field("samples", \.samples, "Samples of z for each example.", .from(1, to: 10_000)),
    Field("beta", \.beta, "Weight of the divergence.", .from(0)),
  ]

  public var prefersAnalyticDivergence: Bool { true }
  public var divergenceWeight: Double { beta }
  public var uniformWeight: Float? { 1 / Float(samples) }

  public func weigh(_ terms: Terms, rows: Int, batch: Int, isAnalytic: Bool) {
    let weight = Float(beta / Double(samples * batch))
    for row in 0..<rows {
      var sum = 0.0
      for sample in row * samples..<(row + 1) * samples {
        sum += terms.reconstruction[sample]
        terms.path[sample] = isAnalytic ? 0 : weight
        terms.score[sample] = isAnalytic ? 0 : weight
      }
      terms.objective[row] = sum / Double(samples) - beta * terms.divergence[row]
    }
  }
}
