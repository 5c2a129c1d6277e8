import JSON

/// Keeps the best of the validations, and ends the training where no better one comes.
///
/// A validation is better where its ELBO is more than `minimumImprovement` nats above the best.
/// Those before the end of a warm-up, of the objective or of the rate, are not counted.
public struct Stopping: Described {
  public var patience: Int?
  public var minimumImprovement = 0.0
  public var keepBest = true

  public init() {}

  public static let fields: [Field<Stopping>] = [
    Field(
      "patience", \.patience,
      "Validations without a better one after which training ends; it does not if left out.",
      .count(from: 1)),
    Field(
      "minimumImprovement", \.minimumImprovement, "Nats by which a better validation is better.",
      .from(0)),
    Field(
      "keepBest", \.keepBest,
      "Whether weights and optimizer are kept as they were at the best validation."),
  ]
}

/// The best validation so far, and how many came since. It follows from the validations alone.
public struct Standing: Sendable, Equatable {
  public private(set) var bestUpdate: Int?
  public private(set) var bestELBO = -Double.infinity
  public private(set) var since = 0

  /// Takes the next validation; true where it is the best. One that is not finite is none: it is
  /// not the best, and not counted.
  mutating func take(_ elbo: Double, at update: Int, _ rule: Stopping, warmUpEnd: Int) -> Bool {
    guard update >= warmUpEnd, elbo.isFinite else { return false }
    guard elbo > bestELBO + (bestUpdate == nil ? 0 : rule.minimumImprovement) else {
      since += 1
      return false
    }
    (bestUpdate, bestELBO, since) = (update, elbo, 0)
    return true
  }
}
