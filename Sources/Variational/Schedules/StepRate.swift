import Declarations
import Glibc
import JSON

/// factor^k after k times `every` updates: a fall in steps.
package struct StepRate: ScheduleModule {
  package var factor = 0.1
  package var every = 1000

  package init() {}

  package static let type = "step"
  package static let summary =
    "Decay in steps: the rate is multiplied by `factor` after each `every` updates."
  package static let fields: [Field<StepRate>] = [
    Field("factor", \.factor, "Factor on the rate at each step.", .above(0, to: 1)),
    Field("every", \.every, "Updates between two steps.", required: true, .count(from: 1)),
  ]

  package func factor(update: Int, updatesPerEpoch: Int) -> Double {
    pow(factor, Double((update - 1) / every))
  }
}

extension Choice<ScheduleKind> {
  /// A fall in steps: the rate is multiplied by `factor` after every `every` updates.
  public static func step(factor: Double = 0.1, every: Int) -> Self {
    var module = StepRate()
    module.factor = factor
    module.every = every
    return Choice(module) { $0 }
  }
}
