import Declarations
import JSON

/// A change of a trainer's settings between two updates: what was changed, from what to what.
public struct Change: Described, Equatable {
  /// The number of updates at the change, which applies from the next one on.
  public var update = 0
  /// The optimizer's rate.
  public var rate: Changed<Double>?
  /// The schedule of the factor on the rate.
  public var schedule: Changed<Choice<ScheduleKind>>?
  /// The largest norm of the gradient; no `from` if there was none.
  public var clip: Changed<Double>?
  /// The objective with all its options.
  public var objective: Changed<Choice<ObjectiveKind>>?
  /// The policy for refused updates; no `from` if there was none.
  public var onRefusal: Changed<Choice<PolicyKind>>?
  /// The refused update from which the trainer went back here, if that is why the rate changed.
  public var refused: Int?

  public init() {}

  init(at update: Int) { self.update = update }

  public static let fields: [Field<Change>] = [
    Field(
      "update", \.update, "Updates at the change, which applies from the next one on.",
      required: true, .count(from: 0)),
    Field("rate", \.rate, "The optimizer's step size, if it was changed."),
    Field("schedule", \.schedule, "The schedule, if it was changed."),
    Field("clip", \.clip, "The largest norm of the gradient, if it was changed."),
    Field("objective", \.objective, "The objective with all its options, if it was changed."),
    Field("onRefusal", \.onRefusal, "The policy for refused updates, if it was changed."),
    Field(
      "refused", \.refused,
      "The refused update from which the trainer went back to here, if this is why the rate changed.",
      .count(from: 1)),
  ]

  public static func == (a: Change, b: Change) -> Bool { a.json == b.json }

  /// Whether nothing was changed.
  var isEmpty: Bool {
    rate == nil && schedule == nil && clip == nil && objective == nil && onRefusal == nil
  }

  /// Restores the settings before the change. Throws `params` for a rate that the optimizer does
  /// not allow.
  func undo(_ spec: inout TrainerSpec) throws(Fault) {
    if let rate { spec.optimizer = try spec.optimizer.with(rate: rate.from ?? 0) }
    if let schedule, let from = schedule.from { spec.schedule = from }
    if let clip { spec.clip = clip.from }
    if let objective, let from = objective.from { spec.objective = from }
    if let onRefusal { spec.onRefusal = onRefusal.from }
  }
}

/// The value of a setting before and after a change.
public struct Changed<Value: JSONForm>: Described {
  /// The value before; nil if there was none.
  public var from: Value?
  /// The value after.
  public var to: Value?

  public init() {}

  init(from: Value?, to: Value) { (self.from, self.to) = (from, to) }

  public static var fields: [Field<Changed>] {
    [
      Field("from", \.from, "The value before; missing if there was none."),
      Field("to", \.to, "The value after."),
    ]
  }
}

extension Choice<OptimizerKind> {
  /// The step size; nil for an optimizer without one.
  var rate: Double? { json["rate"].flatMap { try? Double(json: $0) } }

  /// Returns the same optimizer with another step size. Throws `params` if it is out of bounds.
  func with(rate: Double) throws(Fault) -> Self {
    guard case .object(var members) = json else { return self }
    members.removeAll { $0.name == "rate" }
    members.append(JSON.Member("rate", .real(rate)))
    return try Choice(json: .object(members))
  }
}
