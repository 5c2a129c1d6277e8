import JSON
import Tensors

/// What a trainer maximises, as a function of the log densities of one example's samples.
public protocol Objective: Sendable {
  /// Samples of z for each example.
  var samples: Int { get }
  /// Whether it takes the analytic divergence where there is one, instead of log q and log p of the samples.
  var prefersAnalyticDivergence: Bool { get }
  /// Weight of an analytic divergence.
  var divergenceWeight: Double { get }
  /// Where every sample of every example has the same weight: that weight before it is divided by the batch. The likelihood
  /// then scales its gradient in the pass that computes it.
  var uniformWeight: Float? { get }
  /// Fills in the objective of each example, and the weights. `batch` is the number of examples that the mean is over.
  func weigh(_ terms: Terms, rows: Int, batch: Int, isAnalytic: Bool)
}

/// An objective's options: what a client writes.
public protocol ObjectiveModule: Module, Objective {}

public enum ObjectiveKind: Kind {
  public static let name = "objective"
  /// Every objective, one line each.
  public static let registry = Registry<any ObjectiveModule>(
    name,
    [
      .module(EvidenceLowerBound.self) { $0 },
      .module(ImportanceWeightedBound.self) { $0 },
      .module(RenyiBound.self) { $0 },
    ])
}

/// The log densities of a shard's samples, in nats, and what the objective makes of them. Sample s of example r stands at
/// r * samples + s.
public final class Terms {
  public let rows: Int
  public let samples: Int
  private let doubles: UnsafeMutablePointer<Double>
  private let floats: UnsafeMutablePointer<Float>

  init(rows: Int, samples: Int) {
    self.rows = rows
    self.samples = samples
    doubles = .allocate(capacity: 3 * rows * samples + 2 * rows)
    doubles.initialize(repeating: 0, count: 3 * rows * samples + 2 * rows)
    floats = .allocate(capacity: 4 * rows * samples)
    floats.initialize(repeating: 0, count: 4 * rows * samples)
  }

  deinit {
    doubles.deallocate()
    floats.deallocate()
  }

  /// log p(x | z), log p(z) and log q(z | x) of every sample.
  public var reconstruction: UnsafeMutablePointer<Double> { doubles }
  public var logPrior: UnsafeMutablePointer<Double> { doubles + rows * samples }
  public var logPosterior: UnsafeMutablePointer<Double> { doubles + 2 * rows * samples }
  /// log of p(x, z) / q(z | x).
  func logWeight(_ sample: Int) -> Double {
    reconstruction[sample] + logPrior[sample] - logPosterior[sample]
  }

  /// KL(q(z | x) || p(z)) of every example: analytic, or the mean of log q - log p.
  public var divergence: UnsafeMutablePointer<Double> { doubles + 3 * rows * samples }
  /// Of every example.
  public var objective: UnsafeMutablePointer<Double> { divergence + rows }

  /// Weights of log p(x | z), for the decoder; not read where the objective is uniform.
  public var reconstructionWeight: UnsafeMutablePointer<Float> { floats }
  /// What the gradient in z that comes from the decoder is multiplied by before it goes on; likewise.
  public var latentScale: UnsafeMutablePointer<Float> { floats + rows * samples }
  /// Weights of log p(z) - log q(z | x) by way of z, and of -log q(z | x) by way of the parameters of q.
  public var path: UnsafeMutablePointer<Float> { floats + 2 * rows * samples }
  public var score: UnsafeMutablePointer<Float> { floats + 3 * rows * samples }
}
