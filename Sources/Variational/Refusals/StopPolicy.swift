import Declarations
import JSON

/// The run ends with the error of the refused update.
package struct StopPolicy: RefusalPolicy {
  package init() {}

  package static let type = "stop"
  package static let summary = "Ends the run with the error of the refused update."
  package static let fields: [Field<StopPolicy>] = []

  package func way(after refusals: Refusals) -> WayOn { .end }
}

extension Choice<PolicyKind> {
  /// The run ends with the error of the refused update.
  public static var stop: Self { Choice(StopPolicy()) { $0 } }
}
