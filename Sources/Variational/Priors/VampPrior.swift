import Declarations
import Glibc
import JSON
import Layers
import Tensors

/// The variational mixture of posteriors: p(z) = 1/K sum over k of q(z | u_k), with learned inputs
/// u_k of the encoder (Tomczak and Welling, arXiv 1705.07120).
///
/// pseudoInput (components, the encoder's input), one u_k a row. They are unbounded, since data may
/// lie anywhere, and begin uniform on ±1; the paper keeps those of its images within 0 … 1. If the
/// encoder takes conditioning values, they are part of a u_k. Dropout in the encoder is drawn for
/// them as for rows. An update encodes all of them once. Throws `params` for an encoder that
/// couples rows, and for a posterior whose density is known only for its own draws.
package struct VampPrior: PriorModule {
  package var components = 100

  package init() {}

  package static let type = "vamp"
  package static let summary =
    "Mixture of the posteriors of learned pseudo-inputs: p(z) = 1/K sum q(z | u_k)."
  package static var examples: [VampPrior] {
    var three = Self()
    three.components = 3
    return [three]
  }
  package static let fields: [Field<VampPrior>] = [
    Field(
      "components", \.components, "Number of pseudo-inputs; the paper uses 500 for images.",
      .from(1, to: 10_000))
  ]

  package func prior(_ setting: PriorSetting) throws(Fault) -> any Prior {
    guard let family = setting.posterior as? any ComponentPosterior else {
      throw Fault(
        .params, "a mixture of posteriors needs their density at every latent",
        expected: "the posterior gaussian or fullGaussian",
        got: "one whose density is known only at its own draws",
        hint: "the prior mixture works with every posterior")
    }
    guard !setting.encoder.couplesRows else {
      throw Fault(
        .params, "pseudo-inputs are encoded by themselves, but this encoder couples rows",
        expected: "an encoder without batchNorm", got: "an encoder with it",
        hint: "take layerNorm or groupNorm instead")
    }
    return PosteriorMixture(
      input: setting.encoder.input,
      density: MixtureDensity(family: family, components: components))
  }
}

private struct PosteriorMixture: Prior {
  let input: Shape
  let density: MixtureDensity
  // The logarithms of the weights, and the density's factors.
  private let logWeights, factors: Carving.Segment
  let scratch: Int

  init(input: Shape, density: MixtureDensity) {
    (self.input, self.density) = (input, density)
    var carving = Carving()
    logWeights = carving.block(1, density.components)
    factors = carving.packed(1, density.factors)
    scratch = carving.count
  }

  var latent: Int { density.family.latent }
  private var components: Int { density.components }

  var parameters: [ParameterSpec] {
    [ParameterSpec("pseudoInput", input.rows(components), .uniform(1), rows: components)]
  }
  var encodedInputs: Int { components }
  var cachePerDraw: Int { density.cachePerDraw }
  var noisePerDraw: Int { latent + 1 }

  private func parts(_ pass: LatentPass) -> (logWeights: Block, factors: Block) {
    let (logWeights, factors) = (
      logWeights.block(in: pass.scratch), factors.block(in: pass.scratch)
    )
    if pass.isFresh {
      logWeights.row(0).update(repeating: -log(Float(components)), count: components)
      density.family.prepare(pass.encoded, into: factors)
    }
    return (logWeights, factors)
  }

  func logDensity(_ z: Block, into logDensity: UnsafeMutablePointer<Double>, _ pass: LatentPass) {
    let parts = parts(pass)
    density.logDensity(
      z, pass.encoded, logWeights: parts.logWeights.base, parts.factors, shares: pass.cache,
      into: logDensity)
  }

  func backward(_ z: Block, weights: PriorWeights, adding dz: Block, _ pass: LatentPass) {
    density.backward(
      z, pass.encoded, parts(pass).factors, shares: pass.cache, weights: weights, adding: dz,
      dh: pass.encodedGradient)
  }

  func draw(_ noise: Block, into z: Block, _ pass: LatentPass) {
    density.draw(noise, pass.encoded, logWeights: parts(pass).logWeights.base, into: z)
  }
}

extension Choice<PriorKind> {
  /// Mixture of the posteriors of learned pseudo-inputs: p(z) = 1/K sum q(z | u_k).
  public static func vamp(components: Int = 100) -> Self {
    var module = VampPrior()
    module.components = components
    return Choice(module) { $0 }
  }

  /// Mixture of the posteriors of learned pseudo-inputs: p(z) = 1/K sum q(z | u_k).
  public static var vamp: Self { .vamp() }
}
