import Declarations
import Glibc
import JSON
import Tensors

/// Information-maximising and Wasserstein autoencoders with the maximum mean discrepancy: mean over
/// samples of log p(x | z), minus `beta` KL(q(z | x) || p(z)), minus `weight` MMD(q(z), p(z)) (Zhao
/// et al., arXiv 1706.02262, equation 6 with beta = 1 - alpha and weight = alpha + lambda - 1;
/// Tolstikhin et al., arXiv 1711.01558, algorithm 2, for beta = 0).
///
/// With z the draws of the batch and p as many from the prior, MMD is the mean of k(z_i, z_j) +
/// k(p_i, p_j) over the pairs of draws of different examples, minus twice the mean of k(z_i, p_j)
/// over all pairs: unbiased, and so at times negative. A batch of a single example has none, and
/// counts as 0.
///
/// With C = 2 latents `bandwidth`^2, k(a, b) is the sum over the `scales` s of s C / (s C + |a -
/// b|^2) (`inverseMultiquadratic`) or of exp(-|a - b|^2 / (s C)) (`gaussian`).
public struct MaximumMeanDiscrepancy: ObjectiveModule, CoupledObjective {
  /// The kernel k(z, z').
  public enum Kernel: String, Word { case gaussian, inverseMultiquadratic }

  public var samples = 1
  public var weight = 100.0
  public var beta = 0.0
  public var kernel = Kernel.inverseMultiquadratic
  public var bandwidth = 1.0
  public var scales: [Double] = [1]

  public init() {}

  public static let type = "maximumMeanDiscrepancy"
  public static let summary =
    "E_q log p(x|z) - beta KL(q(z|x) || p(z)) - weight MMD(q(z), p(z)) (InfoVAE, WAE-MMD)."
  public static var examples: [MaximumMeanDiscrepancy] {
    var (gaussian, several) = (Self(), Self())
    (gaussian.kernel, gaussian.samples, gaussian.beta) = (.gaussian, 2, 0.5)
    several.scales = [0.1, 0.2, 0.5, 1, 2, 5, 10]
    return [Self(), gaussian, several]
  }
  public static let fields: [Field<MaximumMeanDiscrepancy>] = [
    Field("samples", \.samples, "Samples of z for each example.", .from(1, to: 10_000)),
    Field("weight", \.weight, "Weight of the discrepancy.", .factor),
    Field("beta", \.beta, "Weight of the divergence.", .factor),
    Field("kernel", \.kernel, "Kernel that compares the draws."),
    Field(
      "bandwidth", \.bandwidth,
      "Bandwidth of the kernel for each latent; the prior's deviation is 1.",
      .epsilon),
    Field(
      "scales", \.scales, "Factors on 2 latents bandwidth^2; the kernels of all factors are summed."
    ),
  ]
  public static let adjustable = ["weight", "beta", "bandwidth", "scales"]

  public var prefersAnalyticDivergence: Bool { true }
  public var uniformWeight: Float? { 1 / Float(samples) }
  public func divergenceWeight(_ pass: ObjectivePass) -> Double { beta }

  public var meetings: Int { 1 }
  public var comparesExamples: Bool { true }
  public var comparesWithPrior: Bool { true }

  public func weigh(_ terms: Terms, _ pass: ObjectivePass) {
    guard let latents = pass.latents else { return }
    let share = Float(beta / Double(samples * pass.batch))
    for (row, example) in pass.rows.enumerated() {
      let draws = row * samples..<(row + 1) * samples
      var (reconstruction, discrepancy, sampled) = (0.0, 0.0, 0.0)
      for sample in draws {
        if pass.isStopped { return }
        reconstruction += terms.reconstruction[sample]
        if !pass.isAnalytic { sampled += terms.logPosterior[sample] - terms.logPrior[sample] }
        discrepancy += compare(
          example * samples + sample - draws.lowerBound, latents, batch: pass.batch)
        terms.path[sample] = pass.isAnalytic ? 0 : share
        terms.score[sample] = pass.isAnalytic ? 0 : share
        terms.prior[sample] = terms.score[sample]
      }
      let divergence = pass.isAnalytic ? terms.divergence[row] : sampled / Double(samples)
      // The batch maximises the mean over examples: hence the factor of the batch's size.
      terms.objective[row] =
        reconstruction / Double(samples) - beta * divergence
        - weight * discrepancy * Double(pass.batch)
    }
  }

  /// Returns what a draw, and the prior's draw of the same number, contribute to the discrepancy.
  /// Overwrites the draw's row of the gradient.
  private func compare(_ draw: Int, _ latents: LatentBatch, batch: Int) -> Double {
    let (count, latent) = (batch * samples, latents.latent)
    let gradient = latents.gradient.row(draw)
    gradient.update(repeating: 0, count: latent)
    guard batch > 1 else { return 0 }
    let (own, prior) = (latents.z.row(draw), latents.prior.row(draw))
    let pairs = 1 / Double(count * (count - samples))
    let crosses = 2 / (Double(count) * Double(count))
    var sum = 0.0
    for other in 0..<count {
      let (z, p) = (latents.z.row(other), latents.prior.row(other))
      let cross = value(own, p, latent)
      sum -= crosses * cross.value
      pull(own, p, latent, crosses * cross.slope, gradient)
      guard other / samples != draw / samples else { continue }
      let near = value(own, z, latent)
      sum += pairs * (near.value + value(prior, p, latent).value)
      // A draw is an argument of the kernel twice: first in one pair, and second in another.
      pull(own, z, latent, -2 * pairs * near.slope, gradient)
    }
    return sum
  }

  /// k(a, b), and its derivative in |a - b|^2.
  private func value(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ latent: Int
  ) -> (value: Double, slope: Double) {
    var square: Float = 0
    for i in 0..<latent { square += (a[i] - b[i]) * (a[i] - b[i]) }
    let width = 2 * Double(latent) * bandwidth * bandwidth
    var sum = (value: 0.0, slope: 0.0)
    for scale in scales {
      let width = scale * width
      switch kernel {
      case .gaussian:
        let value = exp(-Double(square) / width)
        sum.value += value
        sum.slope -= value / width
      case .inverseMultiquadratic:
        let value = width / (width + Double(square))
        sum.value += value
        sum.slope -= value * value / width
      }
    }
    return sum
  }

  /// Adds `factor` times weight times the gradient of |a - b|^2 in a.
  private func pull(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ latent: Int, _ factor: Double,
    _ gradient: UnsafeMutablePointer<Float>
  ) {
    let factor = Float(2 * weight * factor)
    for i in 0..<latent { gradient[i] += factor * (a[i] - b[i]) }
  }

  public func addGradient(toLatents dz: Block, _ pass: ObjectivePass) {
    guard let latents = pass.latents else { return }
    let first = pass.rows.lowerBound * samples
    for row in 0..<pass.rows.count * samples {
      let gradient = latents.gradient.row(first + row)
      for i in 0..<latents.latent { dz[row, i] += gradient[i] }
    }
  }

  public func check(_ model: Model) throws(Fault) {
    guard !scales.isEmpty, scales.allSatisfy(Bounds.epsilon.contains) else {
      throw Fault(
        .params, "expected at least one number from 1e-30 to 1e30, got \(scales.json.line)",
        path: "scales", expected: "numbers from 1e-30 to 1e30", got: scales.json.line)
    }
    guard model.prior.parameters.isEmpty else {
      throw Fault(
        .params,
        "the discrepancy is measured against draws from the prior, which pass no gradient to the parameters of a \(model.spec.prior.typeName) prior",
        path: "", expected: "a model with a standardNormal prior", got: model.spec.prior.typeName,
        hint: "the objectives elbo, importance and renyi train a prior")
    }
  }
}

extension Choice<ObjectiveKind> {
  /// E_q log p(x|z) - beta KL(q(z|x) || p(z)) - weight MMD(q(z), p(z)) (InfoVAE, WAE-MMD).
  public static func maximumMeanDiscrepancy(
    samples: Int = 1, weight: Double = 100.0, beta: Double = 0.0,
    kernel: MaximumMeanDiscrepancy.Kernel = .inverseMultiquadratic, bandwidth: Double = 1.0,
    scales: [Double] = [1]
  ) -> Self {
    var module = MaximumMeanDiscrepancy()
    module.samples = samples
    module.weight = weight
    module.beta = beta
    module.kernel = kernel
    module.bandwidth = bandwidth
    module.scales = scales
    return Choice(module) { $0 }
  }
}
