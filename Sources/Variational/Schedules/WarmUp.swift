import Declarations
import JSON

/// Rises from 1 / updates to 1 in equal steps, then follows `then`, counted from there.
public struct WarmUp: ScheduleModule {
  public var updates = 1
  public var then = Choice<ScheduleKind>(ConstantRate()) { $0 }

  public init() {}

  public static let type = "warmUp"
  public static let summary =
    "Up from 1 / updates to 1 in equal steps, then as another schedule says."
  public static let fields: [Field<WarmUp>] = [
    Field(
      "updates", \.updates, "Updates until the whole rate is reached.", required: true,
      .count(from: 1)),
    Field("then", \.then, "The schedule from there on."),
  ]

  public var warmUpEnd: Int { updates }

  public func factor(update: Int, updatesPerEpoch: Int) -> Double {
    if update <= updates { return Double(update) / Double(updates) }
    return then.product.factor(update: update - updates, updatesPerEpoch: updatesPerEpoch)
  }
}

extension Choice<ScheduleKind> {
  /// Up from 1 / updates to 1 in equal steps, then as another schedule says.
  public static func warmUp(updates: Int, then: Choice<ScheduleKind> = .constant) -> Self {
    var module = WarmUp()
    module.updates = updates
    module.then = then
    return Choice(module) { $0 }
  }
}
