import Declarations
import Glibc
import JSON

/// factor^((update - 1) / every): a steady fall.
package struct ExponentialRate: ScheduleModule {
  package var factor = 0.5
  package var every = 1000

  package init() {}

  package static let type = "exponential"
  package static let summary = "Exponential decay: factor to the power of (update - 1) / every."
  package static let fields: [Field<ExponentialRate>] = [
    Field(
      "factor", \.factor, "Factor by which the rate falls in `every` updates.", required: true,
      .above(0, to: 1)),
    Field(
      "every", \.every, "Updates in which the rate falls by `factor`.", required: true,
      .count(from: 1)),
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
