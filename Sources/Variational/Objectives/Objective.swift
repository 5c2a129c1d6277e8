import Declarations
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
