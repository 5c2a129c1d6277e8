import Declarations
import Glibc
import JSON

/// factor^((update - 1) / every): a steady fall.
package struct ExponentialRate: ScheduleModule {
  package var factor = 0.5
  package var every = 1000

  package init() {}

  package static let type = "exponential"
  package static let summary = "factor to the power of (update - 1) / every: a steady fall."
  package static let fields: [Field<ExponentialRate>] = [
    Field("factor", \.factor, "What the rate falls to.", required: true, .above(0, to: 1)),
    Field("every", \.every, "Updates that the fall takes.", required: true, .count(from: 1)),
  ]

  package func factor(update: Int, updatesPerEpoch: Int) -> Double {
    pow(factor, Double(update - 1) / Double(every))
  }
}

extension Choice<ScheduleKind> {
  /// factor to the power of (update - 1) / every: a steady fall.
  public static func exponential(factor: Double, every: Int) -> Self {
    var module = ExponentialRate()
    module.factor = factor
    module.every = every
    return Choice(module) { $0 }
  }
}
