import Declarations
import JSON

/// The optimizer's rate, unchanged.
public struct ConstantRate: ScheduleModule {
  public init() {}

  public static let type = "constant"
  public static let summary = "The rate as it is."
  public static let fields: [Field<ConstantRate>] = []

  public func factor(update: Int, updatesPerEpoch: Int) -> Double {
    1
  }
}

extension Choice<ScheduleKind> {
  /// The rate as it is.
  public static var constant: Self { Choice(ConstantRate()) { $0 } }
}
