import JSON
import Layers
import Tensors

/// A distribution p(z) of the latents.
public protocol Prior: Sendable {
  var latent: Int { get }
  /// Whether it is N(0, I), to which posteriors know their divergence.
  var isStandardNormal: Bool { get }
  /// Overwrites `logDensity` with log p(z) of each row, in nats.
  func logDensity(_ z: Block, into logDensity: UnsafeMutablePointer<Double>)
  /// Adds weight[r] d log p(z_r) / dz_r to every row of dz.
  func backward(_ z: Block, weights: UnsafePointer<Float>, adding dz: Block)
  /// Turns standard normal noise into draws, in place.
  func draw(_ noise: Block)
}

/// A prior's options: what a client writes.
public protocol PriorModule: Module {
  func prior(latent: Int) -> any Prior
}

public enum PriorKind: Kind {
  public static let name = "prior"
  /// Every prior, one line each.
  public static let registry = Registry<any PriorModule>(
    name,
    [
      .module(StandardNormal.self) { $0 }
    ])
}
