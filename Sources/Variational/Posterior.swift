import JSON
import Layers
import Tensors

/// An approximate posterior q(z | x) whose parameters are the encoder's outputs.
///
/// Rows of h are examples; row r * samples + s of z is sample s of example r. z is a differentiable function of h and of noise
/// (Kingma and Welling, arXiv 1312.6114, section 2.4).
public protocol Posterior: Sendable {
  var latent: Int { get }
  /// The width in which the encoder has to end.
  var inputs: Int { get }
  /// Numbers that `sample` keeps for `backward`, for each example.
  var cachePerRow: Int { get }
  /// Whether it is a Gaussian with independent latents whose parameters are the means, then the log-variances: what objectives need
  /// that look at single latents.
  var isDiagonalGaussian: Bool { get }

  /// Overwrites z from h and standard normal noise, and `logDensity` (where it is wanted) with log q(z | x), in nats.
  func sample(
    _ h: Block, noise: Block, samples: Int, into z: Block, cache: Block,
    logDensity: UnsafeMutablePointer<Double>?)
  /// Overwrites `divergence` with KL(q(z | x) || N(0, I)) of each example, in nats. To be called after `sample`.
  func divergence(_ h: Block, cache: Block, into divergence: UnsafeMutablePointer<Double>)
  /// Overwrites dh with the gradient of the objective in h, given its gradient in z and the weights of the densities. dh may be
  /// h: entry i of h is not read after entry i of dh was written.
  func backward(
    _ dz: Block, h: Block, noise: Block, samples: Int, cache: Block, weights: LatentWeights,
    into dh: Block)
  /// Mean and standard deviation of every latent.
  func moments(_ h: Block, mean: Block, deviation: Block)
}

extension Posterior {
  public var isDiagonalGaussian: Bool { false }
}

/// How much the objective changes with the densities of z, already divided by the size of the batch.
public struct LatentWeights {
  /// For each sample: weight of -log q by way of z, weight of -log q by way of the parameters of q at a fixed z ("score").
  /// Nil where the divergence is analytic.
  public var path: UnsafePointer<Float>?
  public var score: UnsafePointer<Float>?
  /// Weight of -KL, the same for all examples; 0 where it is sampled.
  public var divergence: Float

  public init(
    path: UnsafePointer<Float>? = nil, score: UnsafePointer<Float>? = nil, divergence: Float = 0
  ) {
    self.path = path
    self.score = score
    self.divergence = divergence
  }
}

/// A posterior's options: what a client writes.
public protocol PosteriorModule: Module {
  func posterior(latent: Int) -> any Posterior
}

public enum PosteriorKind: Kind {
  public static let name = "posterior"
  /// Every posterior, one line each.
  public static let registry = Registry<any PosteriorModule>(
    name,
    [
      .module(GaussianPosterior.self) { $0 }
    ])
}
