import Declarations
import JSON
import Tensors

/// The first rows.
package struct Take: Transform {
  package static let type = "take"
  package static let summary = "Keeps the first `count` rows."

  package var count = 1000

  package init() {}

  package static let fields: [Field<Take>] = [
    Field(
      "count", \.count, "Number of rows to keep.", required: true, .from(1, to: Int(UInt32.max)))
  ]

  package func apply(
    to rows: Rows, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Rows {
    guard count <= rows.count else {
      throw .misfit(
        expected: "an integer from 1 to \(rows.count), the number of rows", got: .int(count),
        at: "count")
    }
    return try rows.selecting(0..<count, checkpoint)
  }
}

extension Choice<TransformKind> {
  /// The first `count` rows.
  public static func take(count: Int) -> Self {
    var module = Take()
    module.count = count
    return Choice(module) { $0 }
  }
}
