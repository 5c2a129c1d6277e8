import Declarations
import JSON

/// Rises from 1 / updates to 1 in equal steps, then follows `then`, counted from there.
package struct WarmUp: ScheduleModule {
  package var updates = 1
  package var then = Choice<ScheduleKind>(ConstantRate()) { $0 }

  package init() {}

  package static let type = "warmUp"
  package static let summary =
    "Rises from 1 / updates to 1 in equal steps, then follows another schedule."
  package static let fields: [Field<WarmUp>] = [
    Field(
      "updates", \.updates, "Updates until the full rate is reached.", required: true,
      .count(from: 1)),
    Field("then", \.then, "The schedule after the warm-up."),
  ]

  package var warmUpEnd: Int { updates }
  package var fallEnd: Int? { then.product.fallEnd.map { updates + min($0, Int.max - updates) } }

  package func factor(update: Int, updatesPerEpoch: Int) -> Double {
    if update <= updates { return Double(update) / Double(updates) }
    return then.product.factor(update: update - updates, updatesPerEpoch: updatesPerEpoch)
  }
}

extension Choice<ScheduleKind> {
  /// Rises from 1 / updates to 1 in equal steps, then follows another schedule.
  public static func warmUp(updates: Int, then: Choice<ScheduleKind> = .constant) -> Self {
    var module = WarmUp()
    module.updates = updates
    module.then = then
    return Choice(module) { $0 }
  }
}
