import Declarations
import Glibc
import JSON
import Layers
import Tensors

/// A mixture of Gaussians: p(z) = sum over k of w_k N(z; mean_k, exp(logVariance_k)), w the softmax
/// of `logit`.
///
/// mean and logVariance (components, latents), logit (components). Means begin uniform on ±1.7,
/// with a variance of 1.
package struct MixturePrior: PriorModule {
  package var components = 10

  package init() {}

  package static let type = "mixture"
  package static let summary =
    "Learned mixture of diagonal Gaussians: p(z) = sum w_k N(z; mean_k, exp(logVariance_k))."
  package static var examples: [MixturePrior] {
    var three = Self()
    three.components = 3
    return [three]
  }
  package static let fields: [Field<MixturePrior>] = [
    Field("components", \.components, "Number of Gaussians in the mixture.", .from(1, to: 10_000))
  ]

  package func prior(_ setting: PriorSetting) -> any Prior {
    GaussianMixture(latent: setting.latent, components: components)
  }
}

private struct GaussianMixture: Prior {
  let latent: Int
  let components: Int
  private let density: MixtureDensity
  // The logarithms of the weights; means and log-variances as rows, and the gradient in those; the
  // density's factors.
  private let logWeights, h, dh, factors: Carving.Segment
  let scratch: Int

  init(latent: Int, components: Int) {
    self.latent = latent
    self.components = components
    density = MixtureDensity(family: DiagonalGaussian(latent: latent), components: components)
    var carving = Carving()
    logWeights = carving.block(1, components)
    h = carving.block(components, 2 * latent)
    dh = carving.block(components, 2 * latent)
    factors = carving.packed(1, density.factors)
    scratch = carving.count
  }

  var parameters: [ParameterSpec] {
    [
      ParameterSpec("mean", [components, latent], .uniform(Float(3).squareRoot())),
      ParameterSpec("logVariance", [components, latent]),
      ParameterSpec("logit", [components]),
    ]
  }
  var cachePerDraw: Int { density.cachePerDraw }
  var noisePerDraw: Int { latent + 1 }

  private struct Parts {
    let logWeights: Block
    let h: Block
    let dh: Block
    let factors: Block
  }

  private func parts(_ pass: LatentPass) -> Parts {
    let scratch = pass.scratch
    let parts = Parts(
      logWeights: logWeights.block(in: scratch), h: h.block(in: scratch),
      dh: dh.block(in: scratch), factors: factors.block(in: scratch))
    guard pass.isFresh else { return parts }
    for k in 0..<components {
      parts.h.row(k).update(from: pass.parameter(0).row(k), count: latent)
      (parts.h.row(k) + latent).update(from: pass.parameter(1).row(k), count: latent)
    }
    density.family.prepare(parts.h, into: parts.factors)
    let logits = pass.parameter(2)
    var sum = LogSumExp()
    for k in 0..<components { sum.add(Double(logits[0, k])) }
    for k in 0..<components { parts.logWeights[0, k] = Float(Double(logits[0, k]) - sum.logSum) }
    return parts
  }

  func logDensity(_ z: Block, into logDensity: UnsafeMutablePointer<Double>, _ pass: LatentPass) {
    let parts = parts(pass)
    density.logDensity(
      z, parts.h, logWeights: parts.logWeights.base, parts.factors, shares: pass.cache,
      into: logDensity)
  }

  /// d log p / d logit_k = r_k - w_k.
  func backward(_ z: Block, weights: PriorWeights, adding dz: Block, _ pass: LatentPass) {
    let parts = parts(pass)
    parts.dh.base.update(repeating: 0, count: parts.dh.span)
    density.backward(
      z, parts.h, parts.factors, shares: pass.cache, weights: weights, adding: dz, dh: parts.dh)
    guard let mean = pass.gradient(0), let logVariance = pass.gradient(1),
      let logit = pass.gradient(2)
    else { return }
    for k in 0..<components {
      let (dh, share) = (parts.dh.row(k), exp(parts.logWeights[0, k]))
      for i in 0..<latent {
        mean[k, i] += dh[i]
        logVariance[k, i] += dh[latent + i]
      }
      for row in 0..<z.rows { logit[0, k] += weights.score[row] * (pass.cache[row, k] - share) }
    }
  }

  func draw(_ noise: Block, into z: Block, _ pass: LatentPass) {
    let parts = parts(pass)
    density.draw(noise, parts.h, logWeights: parts.logWeights.base, into: z)
  }
}

extension Choice<PriorKind> {
  /// Learned mixture of diagonal Gaussians: p(z) = sum w_k N(z; mean_k, exp(logVariance_k)).
  public static func mixture(components: Int = 10) -> Self {
    var module = MixturePrior()
    module.components = components
    return Choice(module) { $0 }
  }

  /// Learned mixture of diagonal Gaussians: p(z) = sum w_k N(z; mean_k, exp(logVariance_k)).
  public static var mixture: Self { .mixture() }
}
