import Declarations
import JSON

/// Keeps the best validation, and ends training when no better one follows.
///
/// A validation is better if its ELBO is more than `minimumImprovement` nats above the best.
/// Validations before the end of a warm-up, of the objective or of the rate, are not counted.
public struct Stopping: Described {
  public var patience: Int?
  public var minimumImprovement = 0.0
  public var keepBest = true

  public init() {}

  /// Stops after `patience` validations without an improvement.
  public init(patience: Int?, minimumImprovement: Double = 0, keepBest: Bool = true) {
    self.patience = patience
    self.minimumImprovement = minimumImprovement
    self.keepBest = keepBest
  }

  public static let fields: [Field<Stopping>] = [
    Field(
      "patience", \.patience,
      "Number of validations without improvement after which training ends; it goes on if left out.",
      .count(from: 1)),
    Field(
      "minimumImprovement", \.minimumImprovement,
      "Smallest gain, in nats, that counts as an improvement.",
      .from(0)),
    Field(
      "keepBest", \.keepBest,
      "Whether weights and optimizer are kept as they were at the best validation."),
  ]
}
