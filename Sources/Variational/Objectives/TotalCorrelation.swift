import Declarations
import Glibc
import JSON
import Tensors

/// The evidence lower bound with its divergence in three parts, each with a weight of its own (Chen
/// et al., arXiv 1802.04942, equation 2): the mean over samples of log p(x | z), minus
/// - `mutualInformation` (log q(z | x) - log q(z)), how much z tells about the example;
/// - `beta` (log q(z) - sum_d log q(z_d)), the total correlation: how far the latents are from
///   independent;
/// - `dimensionWise` (sum_d log q(z_d) - log p(z)).
///
/// q(z) is the mean of q(z | x) over all N examples, and is estimated from the M of the batch:
/// `minibatchWeighted`, by 1 / (N M) sum_j q(z | x_j) (equation 5), which is biased; or
/// `minibatchStratified` (appendix C.2), with weight 1 / N for the example of z itself, (N - M + 1)
/// / (N (M - 1)) for the next one in the batch, and 1 / (M - 1) for the others.
public struct TotalCorrelation: ObjectiveModule, CoupledObjective {
  /// The estimator of log q(z) from a batch.
  public enum Estimator: String, Word { case minibatchWeighted, minibatchStratified }

  public var samples = 1
  public var beta = 6.0
  public var mutualInformation = 1.0
  public var dimensionWise = 1.0
  public var estimator = Estimator.minibatchWeighted

  public init() {}

  public static let type = "totalCorrelation"
  public static let summary =
    "ELBO whose divergence is split into mutual information, total correlation (times beta) and divergence of single latents."
  public static var examples: [TotalCorrelation] {
    var stratified = Self()
    (stratified.samples, stratified.estimator) = (2, .minibatchStratified)
    (stratified.mutualInformation, stratified.dimensionWise) = (0.5, 2)
    return [Self(), stratified]
  }
  public static let fields: [Field<TotalCorrelation>] = [
    Field("samples", \.samples, "Samples of z for each example.", .from(1, to: 10_000)),
    Field("beta", \.beta, "Weight of the total correlation.", .factor),
    Field(
      "mutualInformation", \.mutualInformation,
      "Weight of the mutual information of example and latents.", .factor),
    Field("dimensionWise", \.dimensionWise, "Weight of the single latents' divergence.", .factor),
    Field("estimator", \.estimator, "How the aggregate posterior is estimated from a batch."),
  ]
  public static let adjustable = ["beta", "mutualInformation", "dimensionWise"]

  public var prefersAnalyticDivergence: Bool { false }
  public var uniformWeight: Float? { 1 / Float(samples) }

  // MARK: - The aggregated posterior

  public var meetings: Int { 2 }
  public var comparesExamples: Bool { true }

  /// For each draw: log q(z), and log q(z_d) of each latent. For each example, with its first draw:
  /// 1 / variance of each latent.
  public func keptPerDraw(latent: Int) -> Int { 1 + 2 * latent }

  public func prepare(_ meeting: Int, _ terms: Terms, _ pass: ObjectivePass) {
    guard let latents = pass.latents else { return }
    let latent = latents.latent
    if meeting == 0 {
      for example in pass.rows {
        let precision = latents.kept(example * samples) + 1 + latent
        let gaussian = latents.gaussian(example)
        for i in 0..<latent { precision[i] = exp(-gaussian.logVariance(i)) }
      }
      return
    }
    for draw in draws(pass) where !pass.isStopped { mix(draw, latents, pass) }
  }

  private func draws(_ pass: ObjectivePass) -> Range<Int> {
    pass.rows.lowerBound * samples..<pass.rows.upperBound * samples
  }

  /// Returns log of the weight of q(z | x_j) in the q(z) of a draw of example `own`.
  private func logWeight(_ own: Int, _ j: Int, _ pass: ObjectivePass) -> Double {
    let (all, others) = (Double(pass.population), Double(pass.batch - 1))
    switch estimator {
    case .minibatchWeighted: return -log(all * Double(pass.batch))
    case .minibatchStratified:
      if j == own { return -log(all) }
      return j == (own + 1) % pass.batch ? log((all - others) / (all * others)) : -log(others)
    }
  }

  /// Returns log q(z_d | x_j) without its constant -1/2 log 2 pi.
  private func logDensity(_ draw: Int, _ j: Int, _ i: Int, _ latents: LatentBatch) -> Double {
    let gaussian = latents.gaussian(j)
    let gap = Double(latents.z[draw, i]) - gaussian.mean(i)
    let precision = latents.kept(j * samples)[1 + latents.latent + i]
    return -0.5 * (gaussian.logVariance(i) + gap * gap * precision)
  }

  private func mix(_ draw: Int, _ latents: LatentBatch, _ pass: ObjectivePass) {
    let (latent, kept, own) = (latents.latent, latents.kept(draw), draw / samples)
    let constant = 0.5 * log(2 * Double.pi)
    var joint = LogSumExp()
    for j in 0..<pass.batch {
      var sum = logWeight(own, j, pass)
      for i in 0..<latent { sum += logDensity(draw, j, i, latents) }
      joint.add(sum)
    }
    kept[0] = joint.logSum - constant * Double(latent)
    for i in 0..<latent where !pass.isStopped {
      var single = LogSumExp()
      for j in 0..<pass.batch {
        single.add(logWeight(own, j, pass) + logDensity(draw, j, i, latents))
      }
      kept[1 + i] = single.logSum - constant
    }
  }

  public func weigh(_ terms: Terms, _ pass: ObjectivePass) {
    guard let latents = pass.latents else { return }
    let weight = Float(dimensionWise / Double(samples * pass.batch))
    for (row, example) in pass.rows.enumerated() {
      var sum = 0.0
      for sample in 0..<samples {
        let own = row * samples + sample
        let kept = latents.kept(example * samples + sample)
        var product = 0.0
        for i in 0..<latents.latent { product += kept[1 + i] }
        sum +=
          terms.reconstruction[own] - mutualInformation * (terms.logPosterior[own] - kept[0])
          - beta * (kept[0] - product) - dimensionWise * (product - terms.logPrior[own])
        // The weight of log p(z) - log q(z | x); `share` adds the difference for the second.
        terms.path[own] = weight
        terms.score[own] = weight
        terms.prior[own] = weight
      }
      terms.objective[row] = sum / Double(samples)
    }
  }

  // MARK: - Gradient

  /// The number of draws after which a long loop checks whether the update was cancelled.
  private static let drawsBetweenLooks = 4096

  /// The derivative of the objective in log q(z_i | x_j) of one latent of a draw: with p the shares
  /// of x_j in q(z) and in q(z_i), (mutualInformation - beta) p + (beta - dimensionWise) p_i, and
  /// for the draw's own example also the part that `terms.path` does not contain.
  private struct Share {
    let joint: Double
    let own: Double
    let single: Double
  }

  private func share(
    _ draw: Int, _ j: Int, _ latents: LatentBatch, _ pass: ObjectivePass
  ) -> Share {
    let constant = 0.5 * log(2 * Double.pi)
    let scale = 1 / Double(samples * pass.batch)
    var sum = logWeight(draw / samples, j, pass) - constant * Double(latents.latent)
    for i in 0..<latents.latent { sum += logDensity(draw, j, i, latents) }
    return Share(
      joint: scale * (mutualInformation - beta) * exp(sum - latents.kept(draw)[0]),
      own: j == draw / samples ? scale * (dimensionWise - mutualInformation) : 0,
      single: scale * (beta - dimensionWise))
  }

  /// Calls `take` with the derivative in log q(z_i | x_j), (z - mean) / variance and (z - mean)^2 /
  /// variance of every latent.
  private func each(
    _ draw: Int, _ j: Int, _ latents: LatentBatch, _ pass: ObjectivePass,
    _ take: (_ i: Int, _ slope: Double, _ pull: Double, _ square: Double) -> Void
  ) {
    let constant = 0.5 * log(2 * Double.pi)
    let share = share(draw, j, latents, pass)
    let (kept, gaussian) = (latents.kept(draw), latents.gaussian(j))
    let precision = latents.kept(j * samples) + 1 + latents.latent
    let weight = logWeight(draw / samples, j, pass) - constant
    for i in 0..<latents.latent {
      let gap = Double(latents.z[draw, i]) - gaussian.mean(i)
      let density = -0.5 * (gaussian.logVariance(i) + gap * gap * precision[i])
      let slope = share.joint + share.own + share.single * exp(weight + density - kept[1 + i])
      take(i, slope, gap * precision[i], gap * gap * precision[i])
    }
  }

  public func addGradient(toLatents dz: Block, _ pass: ObjectivePass) {
    guard let latents = pass.latents else { return }
    for (row, draw) in draws(pass).enumerated() where !pass.isStopped {
      for j in 0..<pass.batch {
        each(draw, j, latents, pass) { i, slope, pull, _ in dz[row, i] -= Float(slope * pull) }
      }
    }
  }

  public func addGradient(toParameters dh: Block, _ pass: ObjectivePass) {
    guard let latents = pass.latents else { return }
    let draws = pass.batch * samples
    for (row, example) in pass.rows.enumerated() {
      for first in stride(from: 0, to: draws, by: Self.drawsBetweenLooks) where !pass.isStopped {
        for draw in first..<min(first + Self.drawsBetweenLooks, draws) {
          each(draw, example, latents, pass) { i, slope, pull, square in
            dh[row, i] += Float(slope * pull)
            dh[row, latents.latent + i] += Float(0.5 * slope * (square - 1))
          }
        }
      }
    }
  }

  public func check(_ model: Model) throws(Fault) {
    try model.requireDiagonalGaussian(at: "", for: "the total correlation is estimated")
  }
}

extension Choice<ObjectiveKind> {
  /// ELBO whose divergence is split into mutual information, total correlation (times beta) and the
  /// divergence of single latents.
  public static func totalCorrelation(
    samples: Int = 1, beta: Double = 6.0, mutualInformation: Double = 1.0,
    dimensionWise: Double = 1.0, estimator: TotalCorrelation.Estimator = .minibatchWeighted
  ) -> Self {
    var module = TotalCorrelation()
    module.samples = samples
    module.beta = beta
    module.mutualInformation = mutualInformation
    module.dimensionWise = dimensionWise
    module.estimator = estimator
    return Choice(module) { $0 }
  }
}
