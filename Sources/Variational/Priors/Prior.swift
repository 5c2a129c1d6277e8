import Declarations
import JSON
import Layers
import Tensors

/// A distribution p(z) of the latents, which may have parameters of its own.
///
/// It keeps nothing between calls but what it declares, and may be called by several threads at
/// once.
public protocol Prior: Sendable {
  var latent: Int { get }
  /// Whether it is N(0, I), to which posteriors know their divergence.
  var isStandardNormal: Bool { get }
  /// What is trained, in the order in which `LatentPass` hands it out; "mean" becomes `prior.mean`.
  var parameters: [ParameterSpec] { get }
  /// Numbers that `logDensity` keeps for `backward`, for each draw.
  var cachePerDraw: Int { get }
  /// Numbers beside those, which stay until the parameters change.
  var scratch: Int { get }
  /// Rows of the encoder's input that it wants encoded (`LatentPass.encoded`): those of its first
  /// parameter.
  var encodedInputs: Int { get }
  /// Standard normal numbers that make one draw: the latents, and what there is to choose.
  var noisePerDraw: Int { get }

  /// Overwrites `logDensity` with log p(z) of each row, in nats.
  func logDensity(_ z: Block, into logDensity: UnsafeMutablePointer<Double>, _ pass: LatentPass)
  /// Adds path[r] d log p(z_r) / dz_r to every row of dz and, where they are wanted, score[r] d log
  /// p(z_r) / d parameters to the gradients. To be called after `logDensity` of the same z.
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

/// How much the objective changes with log p(z) of each draw: by way of z, and by way of the
/// prior's parameters at a fixed z.
public struct PriorWeights {
  public var path: UnsafePointer<Float>
  public var score: UnsafePointer<Float>

  public init(path: UnsafePointer<Float>, score: UnsafePointer<Float>) {
    self.path = path
    self.score = score
  }
}

/// What a prior is made for.
public struct PriorSetting {
  public let latent: Int
  public let posterior: any Posterior
  public let encoder: Stack
}

/// A prior's options: what a client writes.
public protocol PriorModule: Module {
  /// Throws `params` where it cannot be had in this setting.
  func prior(_ setting: PriorSetting) throws(Fault) -> any Prior
}

public enum PriorKind: Kind {
  public static let name = "prior"
  /// Every prior, one line each.
  public static let registry = Registry<any PriorModule>(
    name,
    [
      .module(FlowPrior.self) { $0 },
      .module(MixturePrior.self) { $0 },
      .module(StandardNormal.self) { $0 },
      .module(VampPrior.self) { $0 },
    ])
}
