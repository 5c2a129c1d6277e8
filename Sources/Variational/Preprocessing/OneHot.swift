import Declarations
import JSON

/// The encoder sees a column of classes 0, 1, … as zeros and a one, instead of a number that orders
/// them. The values stay, since p(x | z) is a density of the classes: `categorical`, in `mixed`.
package struct OneHot: PreprocessingModule {
  package var columns: [Column]?
  /// The number of classes of each column.
  package var levels: [Int]?

  package init() {}

  package static let type = "oneHot"
  package static let summary =
    "The encoder sees a column of classes 0, 1, … as zeros and a one; the values stay."
  package static let fields: [Field<OneHot>] = [
    .columns(\.columns),
    Field(
      "levels", \.levels, "Number of classes of each column; found from the data if left out.",
    ),
  ]

  /// The greatest number of classes of a column.
  private static let most = 1000

  package var isFitted: Bool { levels != nil }
  package var fittedColumns: Int? {
    levels.map { $0.allSatisfy { (1...Self.most) ~= $0 } ? $0.count : -1 }
  }

  package mutating func fit(_ summaries: [ColumnSummary]) throws(Fault) {
    levels = try summaries.map { (summary) throws(Fault) in
      guard summary.areCounts, summary.maximum < Double(Self.most) else {
        let got =
          summary.areCounts ? "\(Int(summary.maximum) + 1) classes" : "other numbers"
        throw Fault(
          .support, "column \(summary.name) does not hold classes that can be seen one by one",
          path: "columns", expected: "whole numbers from 0 to \(Self.most - 1)", got: got,
          hint:
            "name the columns of the other changes, leave the column out, or join rare classes before loading"
        )
      }
      return Int(summary.maximum) + 1
    }
  }

  package func levels(_ place: Int) -> Int? { levels?[place] }
}

extension Choice<PreprocessingKind> {
  /// The encoder sees columns of classes as zeros and a one; all columns if none are named. The
  /// data have `levels` classes in each if they are not given.
  public static func oneHot(_ columns: [Column]? = nil, levels: [Int]? = nil) -> Self {
    var module = OneHot()
    (module.columns, module.levels) = (columns, levels)
    return Choice(module) { $0 }
  }
}
