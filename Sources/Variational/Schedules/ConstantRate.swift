import Declarations
import JSON

/// The optimizer's rate, unchanged.
package struct ConstantRate: ScheduleModule {
  package init() {}

  package static let type = "constant"
  package static let summary = "Leaves the rate unchanged."
  package static let fields: [Field<ConstantRate>] = []

  package func factor(update: Int, updatesPerEpoch: Int) -> Double {
    1
  }
}

extension Choice<ScheduleKind> {
  /// The rate as it is.
  public static var constant: Self { Choice(ConstantRate()) { $0 } }
}
