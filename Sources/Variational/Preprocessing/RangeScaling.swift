import Declarations
import JSON

/// y = low + (high - low) (x - minimum) / (maximum - minimum), with the least and the greatest
/// value of each column in the rows that it is fitted to. Other rows may lie outside. A column
/// whose values are all the same becomes `low`.
package struct RangeScaling: PreprocessingModule {
  package var columns: [Column]?
  package var low = 0.0
  package var high = 1.0
  /// The least value of each column.
  package var minimum: [Double]?
  /// The greatest value of each column.
  package var maximum: [Double]?

  package init() {}

  package static let type = "range"
  package static let summary =
    "low + (high - low) (x - minimum) / (maximum - minimum) of each column."
  package static let fields: [Field<RangeScaling>] = [
    .columns(\.columns),
    Field("low", \.low, "What the least value becomes.", .from(-1e6, to: 1e6)),
    Field("high", \.high, "What the greatest value becomes, above low.", .from(-1e6, to: 1e6)),
    Field("minimum", \.minimum, "The least value of each column; found from the data if left out."),
    Field(
      "maximum", \.maximum, "The greatest value of each column; found from the data if left out."),
  ]

  package var isFitted: Bool { minimum != nil && maximum != nil }
  package var fittedColumns: Int? { minimum?.count == maximum?.count ? minimum?.count : -1 }

  package mutating func fit(_ summaries: [ColumnSummary]) throws(Fault) {
    guard high > low else {
      throw Fault(
        .params, "\"high\" is not above \"low\"", path: "high", expected: "a number above \(low)",
        got: "\(high)")
    }
    minimum = minimum ?? summaries.map(\.minimum)
    maximum =
      maximum ?? summaries.map { $0.isConstant ? $0.minimum + (high - low) : $0.maximum }
  }

  package func map(_ place: Int) -> (any ColumnMap)? {
    guard let minimum, let maximum else { return nil }
    let scale = (high - low) / (maximum[place] - minimum[place])
    return AffineMap(scale: scale, offset: low - scale * minimum[place])
  }
}

extension Choice<PreprocessingKind> {
  /// Each column's values from its least to its greatest on a range; all columns if none are named.
  public static func range(_ columns: [Column]? = nil, low: Double = 0, high: Double = 1) -> Self {
    var module = RangeScaling()
    (module.columns, module.low, module.high) = (columns, low, high)
    return Choice(module) { $0 }
  }
}
