import Declarations
import JSON
import Layers
import Tensors

/// A distribution p(z) of the latents, which may have its own parameters.
///
/// It keeps nothing between calls except what it declares, and several threads may call it at once.
public protocol Prior: Sendable {
  /// The number of latent variables.
  var latent: Int { get }
  /// Whether it is N(0, I), for which a posterior may know its divergence.
  var isStandardNormal: Bool { get }
  /// The trained parameters, in the order of the indices of `LatentPass`; "mean" becomes
  /// `prior.mean`.
  var parameters: [ParameterSpec] { get }
  /// The number of values that `logDensity` keeps for `backward` for each draw.
  var cachePerDraw: Int { get }
  /// The number of further values, which stay until the parameters change.
  var scratch: Int { get }
  /// The number of rows of its first parameter that are inputs of the encoder, and that
  /// `LatentPass.encoded` provides encoded.
  var encodedInputs: Int { get }
  /// The number of standard normal numbers for one draw: one for each latent, and those that make
  /// discrete choices.
  var noisePerDraw: Int { get }

  /// Overwrites `logDensity` with log p(z) of each row, in nats.
  func logDensity(_ z: Block, into logDensity: UnsafeMutablePointer<Double>, _ pass: LatentPass)
  /// Adds path[r] d log p(z_r) / dz_r to every row of dz and, if they are wanted, score[r] d log
  /// p(z_r) / d parameters to the gradients. Must be called after `logDensity` of the same z.
  func backward(_ z: Block, weights: PriorWeights, adding dz: Block, _ pass: LatentPass)
  /// Turns standard normal noise into draws; z may be the noise.
  func draw(_ noise: Block, into z: Block, _ pass: LatentPass)
}

extension Prior {
  public var isStandardNormal: Bool { false }
  public var parameters: [ParameterSpec] { [] }
  public var cachePerDraw: Int { 0 }
  public var scratch: Int { 0 }
  public var encodedInputs: Int { 0 }
  public var noisePerDraw: Int { latent }
}

/// The derivatives of the objective in log p(z) of each draw: through z, and through the prior's
/// parameters at a fixed z.
public struct PriorWeights {
  /// The weight of the gradient in z, for each draw.
  public var path: UnsafePointer<Float>
  /// The weight of the gradient in the prior's parameters, for each draw.
  public var score: UnsafePointer<Float>

  /// The weights of both gradients.
  public init(path: UnsafePointer<Float>, score: UnsafePointer<Float>) {
    self.path = path
    self.score = score
  }
}

/// The parts of a model that a prior is made for.
public struct PriorSetting {
  public let latent: Int
  /// The model's posterior.
  public let posterior: any Posterior
  /// The model's encoder.
  public let encoder: Stack
}

/// A prior's options, as a client writes them.
public protocol PriorModule: Module {
  /// Returns the prior for these parts. Throws `params` if it cannot be used with them.
  func prior(_ setting: PriorSetting) throws(Fault) -> any Prior
}

/// The kind of the priors.
public enum PriorKind: Kind {
  public static let name = "prior"
  /// All priors by name. A new one needs one line here.
  public static let registry = Registry<any PriorModule>(
    name,
    [
      .module(FlowPrior.self) { $0 },
      .module(MixturePrior.self) { $0 },
      .module(StandardNormal.self) { $0 },
      .module(VampPrior.self) { $0 },
    ])
}
