import Declarations
import JSON

/// The batch of the refused update is passed over: nothing changes, and the update is made with the
/// next batch. The run ends with the error after `most` batches in a row, or `total` in all.
package struct SkipPolicy: RefusalPolicy {
  package var most = 10
  package var total = 1000

  package init() {}

  package static let type = "skip"
  package static let summary =
    "Passes over the batch of the refused update, and makes the update with the next batch."
  package static let fields: [Field<SkipPolicy>] = [
    Field(
      "most", \.most, "Batches in a row that are passed over before the run ends with the error.",
      .from(1, to: 1_000_000)),
    Field(
      "total", \.total, "Batches in all that are passed over before the run ends with the error.",
      .from(1, to: 1_000_000)),
  ]

  package var further: String { "raise \"most\" or \"total\" of \"onRefusal\"" }

  package func way(after refusals: Refusals) -> WayOn {
    // The update whose validation failed was made: there is no batch to pass over.
    guard !refusals.isOfValidation else { return .end }
    return refusals.skippedInARow < most && refusals.skipped < total ? .skip : .end
  }
}

extension Choice<PolicyKind> {
  /// The batch of the refused update is passed over, `most` times in a row and `total` in all.
  public static func skip(most: Int = 10, total: Int = 1000) -> Self {
    var module = SkipPolicy()
    module.most = most
    module.total = total
    return Choice(module) { $0 }
  }
}
