import Declarations
import Glibc
import JSON

/// factor^k after every k-th `every` updates: a fall in steps.
public struct StepRate: ScheduleModule {
  public var factor = 0.1
  public var every = 1000

  public init() {}

  public static let type = "step"
  public static let summary = "A fall in steps: multiplied by factor after each `every` updates."
  public static let fields: [Field<StepRate>] = [
    Field("factor", \.factor, "What the rate is multiplied by at each step.", .above(0, to: 1)),
    Field("every", \.every, "Updates between two steps.", required: true, .count(from: 1)),
  ]

  public func factor(update: Int, updatesPerEpoch: Int) -> Double {
    pow(factor, Double((update - 1) / every))
  }
}

extension Choice<ScheduleKind> {
  /// A fall in steps: times factor after every so many updates.
  public static func step(factor: Double = 0.1, every: Int) -> Self {
    var module = StepRate()
    module.factor = factor
    module.every = every
    return Choice(module) { $0 }
  }
}
