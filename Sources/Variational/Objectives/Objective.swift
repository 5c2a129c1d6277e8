import Declarations
import JSON
import Tensors

/// The function that a trainer maximises, of the log densities of one example's samples.
public protocol Objective: Sendable {
  /// The number of samples of z for each example.
  var samples: Int { get }
  /// Whether it uses the analytic divergence if there is one, instead of log q and log p of the
  /// samples.
  var prefersAnalyticDivergence: Bool { get }
  /// The first update at which the objective has its final form; before, it changes with every
  /// update. 0 if it never changes.
  var warmUpEnd: Int { get }
  /// The weight of every sample, before it is divided by the batch, if all samples of all examples
  /// have the same one. The likelihood then scales its gradient in the pass that computes it.
  var uniformWeight: Float? { get }
  /// Returns the weight of an analytic divergence, before it is divided by the batch.
  func divergenceWeight(_ pass: ObjectivePass) -> Double
  /// Computes the objective of each example, and the weights.
  func weigh(_ terms: Terms, _ pass: ObjectivePass)

  /// This objective, if its options compare examples; nil otherwise.
  var coupling: (any CoupledObjective)? { get }

  /// Throws `params` if the objective needs something that the model does not have.
  func check(_ model: Model) throws(Fault)
}

extension Objective {
  public var warmUpEnd: Int { 0 }
  public func divergenceWeight(_ pass: ObjectivePass) -> Double { 0 }
  public var coupling: (any CoupledObjective)? { nil }
  public func check(_ model: Model) throws(Fault) {}
}

/// An objective's options, as a client writes them.
public protocol ObjectiveModule: Module, Objective {
  /// The options that may change between two updates: no memory depends on their values.
  static var adjustable: [String] { get }
}

extension ObjectiveModule {
  public static var adjustable: [String] { [] }
}

/// The kind of the objectives.
public enum ObjectiveKind: Kind {
  public static let name = "objective"
  /// All objectives by name. A new one needs one line here.
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

extension Choice<ObjectiveKind> {
  /// Throws `params` if rows have weights, and all are 0 or the objective is no mean of terms of
  /// single rows.
  package func checkWeights(of data: any Examples, _ rows: [UInt32]) throws(Fault) {
    guard try Weighting(rows, of: data) != nil, product.coupling != nil else { return }
    throw Fault(
      .params, "the rows have weights, and this objective is no mean of terms of single rows",
      path: "objective", expected: "an objective that takes every row by itself",
      got: json.excerpt,
      hint: typeName == EvidenceLowerBound.type
        ? "leave \"capacity\" and \"freeBits\" out, or load the data without \"weights\""
        : "take another objective, or load the data without \"weights\"")
  }
}
