import Declarations
import Files
import JSON

/// The settings of a trainer that may change between two updates, because no memory depends on
/// them; those that are nil stay as they are.
package struct Adjustment: Described {
  package var rate: Double?
  package var schedule: Choice<ScheduleKind>?
  package var clip: Double?
  package var onRefusal: Choice<PolicyKind>?

  package init() {}

  /// Whether it changes nothing.
  package var isEmpty: Bool {
    rate == nil && schedule == nil && clip == nil && onRefusal == nil
  }

  package static let fields: [Field<Adjustment>] = [
    Field("rate", \.rate, "Step size of the optimizer, before the schedule's factor.", .factor),
    Field(
      "schedule", \.schedule,
      "Schedule of the factor on the optimizer's rate; it counts from the trainer's first update."
    ),
    Field(
      "clip", \.clip,
      "Largest norm of the gradient; a larger gradient is scaled down to it. 1e30 scales none.",
      .epsilon),
    Field(
      "onRefusal", \.onRefusal,
      "What is done about an update that is refused; going back leads no further than to the update at which this was asked for."
    ),
  ]
}

extension Trainer {
  /// Changes settings from the next update on, and notes the change in the history if there is one.
  ///
  /// The objective may change in the options that its type names as `adjustable`. Throws `params`,
  /// and changes nothing, if it differs in others, or if a value does not fit; `memory`.
  package func adjust(
    _ adjustment: Adjustment, objective: Choice<ObjectiveKind>? = nil
  ) throws(Fault) {
    var (next, change) = (spec, Change(at: update))
    if let rate = adjustment.rate, rate != spec.optimizer.rate {
      next.optimizer = try spec.optimizer.with(rate: rate)
      change.rate = Changed(from: spec.optimizer.rate, to: rate)
    }
    if let schedule = adjustment.schedule, schedule.json != spec.schedule.json {
      next.schedule = schedule
      change.schedule = Changed(from: spec.schedule, to: schedule)
    }
    if let clip = adjustment.clip, clip != spec.clip {
      next.clip = clip
      change.clip = Changed(from: spec.clip, to: clip)
    }
    if let policy = adjustment.onRefusal, policy.json != spec.onRefusal?.json {
      next.onRefusal = policy
      change.onRefusal = Changed(from: spec.onRefusal, to: policy)
    }
    if let objective, objective.json != spec.objective.json {
      try within("objective") { () throws(Fault) in
        try spec.objective.requireFit(objective, latent: model.spec.latent)
        try objective.product.check(model)
      }
      next.objective = objective
      change.objective = Changed(from: spec.objective, to: objective)
    }
    guard !change.isEmpty else { return }
    try Memory.require(
      Size(history.changes.count) * 2048, for: "the record of \(history.changes.count) changes")
    try keepSnapshot(next.keepsSnapshot)
    take(next, change)
  }
}

extension Choice<ObjectiveKind> {
  /// Throws `params` if the memory of a trainer with this objective does not fit another one.
  fileprivate func requireFit(_ other: Self, latent: Int) throws(Fault) {
    let adjustable = type(of: product).adjustable
    guard other.typeName == typeName else {
      throw Fault(
        .params,
        "a trainer keeps the type of its objective, for which its memory is laid out and in whose values its history is",
        path: "type", expected: "\"\(typeName)\"", got: "\"\(other.typeName)\"",
        hint: "create another trainer for the same model, whose weights it goes on with")
    }
    let expected =
      adjustable.isEmpty ? "no change" : "changes of \(adjustable.joined(separator: ", "))"
    guard case .object(let members) = other.json else { return }
    for member in members where json[member.name] != member.value {
      guard !adjustable.contains(member.name) else { continue }
      throw Fault(
        .params, "the trainer's memory is laid out for the present value", path: member.name,
        expected: expected, got: member.value.excerpt,
        hint: "create another trainer for the same model, whose weights it goes on with")
    }
    let (old, new) = (product.coupling, other.product.coupling)
    guard (old == nil) == (new == nil),
      old?.keptPerDraw(latent: latent) == new?.keptPerDraw(latent: latent)
    else {
      let added = members.first { json[$0.name] == nil }?.name ?? ""
      throw Fault(
        .params, "it takes memory that the trainer was created without", path: added,
        expected: "the members that the objective has", got: other.json[added]?.excerpt,
        hint: "create another trainer for the same model, whose weights it goes on with")
    }
  }
}
