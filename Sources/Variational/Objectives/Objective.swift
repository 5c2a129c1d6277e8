import JSON
import Tensors

/// What a trainer maximises, as a function of the log densities of one example's samples.
public protocol Objective: Sendable {
  /// Samples of z for each example.
  var samples: Int { get }
  /// Whether it takes the analytic divergence where there is one, instead of log q and log p of the
  /// samples.
  var prefersAnalyticDivergence: Bool { get }
  /// The first update at which it is what it was asked to be: until then it changes from one update
  /// to the next. 0 where it never does.
  var warmUpEnd: Int { get }
  /// Where every sample of every example has the same weight: that weight before it is divided by
  /// the batch. The likelihood then scales its gradient in the pass that computes it.
  var uniformWeight: Float? { get }
  /// Weight of an analytic divergence, not yet divided by the batch.
  func divergenceWeight(_ pass: ObjectivePass) -> Double
  /// Fills in the objective of each example, and the weights.
  func weigh(_ terms: Terms, _ pass: ObjectivePass)

  /// How often all shards meet between the draw of the latents and the decoder; 0 where no example
  /// looks at another.
  var meetings: Int { get }
  /// Whether an example is compared with the others of its batch, which then needs a second one.
  var comparesExamples: Bool { get }
  /// Whether examples are compared with as many draws from the prior.
  var comparesWithPrior: Bool { get }
  /// Numbers that it keeps for every draw of z where shards meet.
  func keptPerDraw(latent: Int) -> Int
  /// A shard's work before the meeting of this number, counted from 0, on its own rows; it reads
  /// what all wrote before the last one.
  func prepare(_ meeting: Int, _ terms: Terms, _ pass: ObjectivePass)
  /// Adds to the gradient in the shard's draws of z, and in its rows of what the encoder put out.
  func addGradient(toLatents dz: Block, _ pass: ObjectivePass)
  func addGradient(toParameters dh: Block, _ pass: ObjectivePass)

  /// Throws `params` where the objective asks for what a model does not have.
  func check(_ model: Model) throws(Fault)
}

extension Objective {
  public var warmUpEnd: Int { 0 }
  public func divergenceWeight(_ pass: ObjectivePass) -> Double { 0 }
  public var meetings: Int { 0 }
  public var comparesExamples: Bool { false }
  public var comparesWithPrior: Bool { false }
  public func keptPerDraw(latent: Int) -> Int { 0 }
  public func prepare(_ meeting: Int, _ terms: Terms, _ pass: ObjectivePass) {}
  public func addGradient(toLatents dz: Block, _ pass: ObjectivePass) {}
  public func addGradient(toParameters dh: Block, _ pass: ObjectivePass) {}
  public func check(_ model: Model) throws(Fault) {}
}

/// What an objective knows of the pass beside the terms of its shard.
public struct ObjectivePass {
  /// The shard's examples, by their places in the batch.
  public var rows: Range<Int>
  /// Examples that the mean is over.
  public var batch: Int
  /// Counts from 1.
  public var update: Int
  /// Whether the divergence is the analytic one.
  public var isAnalytic: Bool
  /// Examples that the data have, of which the batch is a sample.
  public var population: Int
  /// Everyone's latents, where the objective has meetings.
  public var latents: LatentBatch?
  public var stop: StopFlag?

  /// Whether the update was given up: loops over the whole batch look, and what they would have
  /// computed is not read.
  public var isStopped: Bool { stop?.isRaised ?? false }
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
      .module(MaximumMeanDiscrepancy.self) { $0 },
      .module(RenyiBound.self) { $0 },
      .module(TotalCorrelation.self) { $0 },
    ])
}

/// The log densities of a shard's samples, in nats, and what the objective makes of them. Sample s
/// of example r stands at r * samples + s.
public final class Terms {
  public let rows: Int
  public let samples: Int
  private let doubles: UnsafeMutablePointer<Double>
  private let floats: UnsafeMutablePointer<Float>
  private let buffers: (Buffer<Double>, Buffer<Float>)

  /// Throws `memory`.
  init(rows: Int, samples: Int) throws(Fault) {
    self.rows = rows
    self.samples = samples
    let draws = Size(rows) * samples
    buffers = (
      try Buffer(draws * 3 + Size(rows) * 2, for: "the terms of \(rows) rows"),
      try Buffer(draws * 5, for: "the weights of \(rows) rows")
    )
    (doubles, floats) = (buffers.0.base, buffers.1.base)
  }

  /// What the terms take.
  static func bytes(rows: Int, samples: Int) -> Size { Size(rows) * samples * 44 + Size(rows) * 16 }

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
  /// What the gradient in z that comes from the decoder is multiplied by before it goes on;
  /// likewise.
  public var latentScale: UnsafeMutablePointer<Float> { floats + rows * samples }
  /// Weights of log p(z) - log q(z | x) by way of z, and of -log q(z | x) by way of the parameters
  /// of q.
  public var path: UnsafeMutablePointer<Float> { floats + 2 * rows * samples }
  public var score: UnsafeMutablePointer<Float> { floats + 3 * rows * samples }
  /// Weights of log p(z) by way of the parameters of the prior.
  public var prior: UnsafeMutablePointer<Float> { floats + 4 * rows * samples }
}
