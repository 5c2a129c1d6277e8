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

  /// Itself, where with these options examples look at each other.
  var coupling: (any CoupledObjective)? { get }

  /// Throws `params` where the objective asks for what a model does not have.
  func check(_ model: Model) throws(Fault)
}

extension Objective {
  public var warmUpEnd: Int { 0 }
  public func divergenceWeight(_ pass: ObjectivePass) -> Double { 0 }
  public var coupling: (any CoupledObjective)? { nil }
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
