import Declarations
import JSON
import Layers
import Tensors

/// An approximate posterior q(z | x) whose parameters are the encoder's outputs, and possibly
/// parameters that all examples share.
///
/// Rows of h are examples; row r * samples + s of z is sample s of example r. z is a differentiable
/// function of h and of noise (Kingma and Welling, arXiv 1312.6114, section 2.4). It keeps nothing
/// between calls except what it declares, and several threads may call it at once.
public protocol Posterior: Sendable {
  /// The number of latent variables.
  var latent: Int { get }
  /// The width of the encoder's last layer.
  var inputs: Int { get }
  /// The trained parameters, in the order of the indices of `LatentPass`; "0.weight" becomes
  /// `posterior.0.weight`.
  var parameters: [ParameterSpec] { get }
  /// The number of values that `sample` keeps for `backward` for each example.
  var cachePerRow: Int { get }
  /// The number of values that `sample` keeps for `backward` for each draw.
  var cachePerDraw: Int { get }
  /// The number of further values, which stay until the parameters change.
  var scratch: Int { get }
  /// Whether it is a Gaussian with independent latents whose parameters are the means, then the
  /// log-variances; objectives that consider single latents require this.
  var isDiagonalGaussian: Bool { get }
  /// The range of those columns of h that are log-variances; nil if it has no bounds.
  var outputRange: OutputRange? { get }

  /// Overwrites z from h and standard normal noise, and `logDensity` (unless nil) with log q(z |
  /// x), in nats.
  func sample(
    _ h: Block, noise: Block, samples: Int, into z: Block,
    logDensity: UnsafeMutablePointer<Double>?, _ pass: LatentPass)
  /// Overwrites dh with the gradient of the objective in h, given its gradient in z and the weights
  /// of the densities, and adds to the gradients of the parameters if they are wanted. dh may be h:
  /// row r of h is not read after row r of dh was written. dz may be overwritten. Must be called
  /// after `sample` of the same draws.
  func backward(
    _ dz: Block, h: Block, noise: Block, samples: Int, weights: LatentWeights, into dh: Block,
    _ pass: LatentPass)
}

extension Posterior {
  public var parameters: [ParameterSpec] { [] }
  public var cachePerRow: Int { 0 }
  public var cachePerDraw: Int { 0 }
  public var scratch: Int { 0 }
  public var isDiagonalGaussian: Bool { false }
  public var outputRange: OutputRange? { nil }
}

/// A posterior whose divergence to N(0, I), mean and deviations are known in closed form; for other
/// posteriors they are estimated from draws.
public protocol ClosedFormPosterior: Posterior {
  /// Overwrites `divergence` with KL(q(z | x) || N(0, I)) of each example, in nats. Must be called
  /// after `sample`.
  func divergence(_ h: Block, into divergence: UnsafeMutablePointer<Double>, _ pass: LatentPass)
  /// Overwrites the mean and standard deviation of every latent.
  func moments(_ h: Block, mean: Block, deviation: Block)
}

/// A posterior without shared parameters whose density is known for every latent, so that mixtures
/// can be built from it.
public protocol ComponentPosterior: Posterior {
  /// Returns the number of values that `prepare` keeps for `rows` rows of h, in a block of one row.
  func factors(_ rows: Int) -> Int
  /// Writes what densities of many draws share for each row of h.
  func prepare(_ h: Block, into factors: Block)
  /// Overwrites `terms` with log q(z | h_k) of one z under every row of h.
  func logDensities(
    _ z: UnsafePointer<Float>, _ h: Block, _ factors: Block,
    into terms: UnsafeMutablePointer<Float>)
  /// Adds, over k, path share[k] d log q(z | h_k) / dz to dz, and score share[k] d log q(z | h_k) /
  /// dh_k to row k of dh.
  func addGradient(
    _ z: UnsafePointer<Float>, _ h: Block, _ factors: Block,
    share: UnsafePointer<Float>, path: Float, score: Float,
    adding dz: UnsafeMutablePointer<Float>, dh: Block)
  /// Writes one draw from q(z | h); z may be the noise.
  func draw(
    _ noise: UnsafePointer<Float>, _ h: UnsafePointer<Float>, into z: UnsafeMutablePointer<Float>)
}

/// A posterior's options, as a client writes them.
public protocol PosteriorModule: Module {
  /// Returns the posterior of `latent` latents. Throws `params` if options exclude each other.
  func posterior(latent: Int) throws(Fault) -> any Posterior
  /// The same options, with what new models have and files of earlier versions do not.
  var settled: Self { get }
}

extension PosteriorModule {
  public var settled: Self { self }
}

/// The kind of the posteriors.
public enum PosteriorKind: Kind {
  public static let name = "posterior"
  /// All posteriors by name. A new one needs one line here.
  public static let registry = Registry<any PosteriorModule>(
    name,
    [
      .module(FlowPosterior.self) { $0 },
      .module(FullGaussianPosterior.self) { $0 },
      .module(GaussianPosterior.self) { $0 },
    ])
}
