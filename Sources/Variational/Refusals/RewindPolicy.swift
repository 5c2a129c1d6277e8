import Declarations
import JSON

/// The trainer goes back to its snapshot, with the rate multiplied by `factor`; the run ends with
/// the error after `most` times in all.
///
/// The snapshot is the state at the latest good validation, or at the first update with this
/// policy. A validation is good if it is finite and not far below the others (`ELBOReference`).
package struct RewindPolicy: RefusalPolicy {
  package var factor = 0.5
  package var most = 10

  package init() {}

  package static let type = "rewind"
  package static let summary =
    "Goes back to the latest good validation, or to the first update, with a lower rate."
  package static let fields: [Field<RewindPolicy>] = [
    Field(
      "factor", \.factor, "Factor by which the rate is multiplied each time.",
      .from(1e-12, to: 0.999999)),
    Field(
      "most", \.most,
      "How often, in all, the trainer goes back before the run ends with the error.",
      .from(1, to: 1000)),
  ]

  package var keepsSnapshot: Bool { true }
  package var further: String { "raise \"most\" or lower \"factor\" of \"onRefusal\"" }

  package func way(after refusals: Refusals) -> WayOn {
    refusals.rewound < most ? .rewind(factor: factor) : .end
  }
}

extension Choice<PolicyKind> {
  /// The trainer goes back to the latest good validation with the rate multiplied by `factor`,
  /// `most` times in all.
  public static func rewind(factor: Double = 0.5, most: Int = 10) -> Self {
    var module = RewindPolicy()
    module.factor = factor
    module.most = most
    return Choice(module) { $0 }
  }
}
