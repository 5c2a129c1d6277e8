import Declarations
import Files
import JSON
import Tensors

/// The first rows of each class.
package struct PerClass: Transform {
  package static let type = "perClass"
  package static let summary =
    "Keeps the first `count` rows of each class, in the order of the file."

  package var count = 1000

  package init() {}

  package static let fields: [Field<PerClass>] = [
    Field(
      "count", \.count, "Number of rows to keep of each class.", required: true,
      .from(1, to: Int(UInt32.max)))
  ]

  package func apply(
    to rows: Rows, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Rows {
    guard let labels = rows.labels else {
      throw Fault(
        .params, "perClass needs labels, but the rows have none", expected: "rows with labels",
        got: "no labels", hint: "give the source its labels")
    }
    try Memory.require(Size(labels.count) * 24, for: "the rows of each class")
    var taken: [Int: Int] = [:]
    var kept: [Int] = []
    for (row, label) in labels.enumerated() {
      let before = taken[label, default: 0]
      guard before < count else { continue }
      taken[label] = before + 1
      kept.append(row)
    }
    if let (label, there) = taken.sorted(by: { $0.key < $1.key }).first(where: { $0.value < count })
    {
      let expected = "at most \(taken.values.min() ?? 0), the rows of the smallest class"
      throw Fault(
        .params, "class \(label) has only \(there) rows, not \(count)", path: "count",
        expected: expected, got: "\(count)")
    }
    return try rows.selecting(kept, checkpoint)
  }
}

extension Choice<TransformKind> {
  /// The first `count` rows of each class, in the order of the file.
  public static func perClass(count: Int) -> Self {
    var module = PerClass()
    module.count = count
    return Choice(module) { $0 }
  }
}
