import Declarations
import JSON

/// y = (x - mean) / deviation, with the mean and the standard deviation of each column over the
/// rows that it is fitted to. A column whose values are all the same is only centred.
package struct Standardize: PreprocessingModule {
  package var columns: [Column]?
  /// The mean of each column.
  package var mean: [Double]?
  /// The standard deviation of each column.
  package var deviation: [Double]?

  package init() {}

  package static let type = "standardize"
  package static let summary = "(x - mean) / deviation of each column."
  package static let fields: [Field<Standardize>] = [
    .columns(\.columns),
    Field("mean", \.mean, "The mean of each column; found from the data if left out."),
    Field(
      "deviation", \.deviation,
      "The standard deviation of each column; found from the data if left out."),
  ]

  package var isFitted: Bool { mean != nil && deviation != nil }
  package var fittedColumns: Int? { mean?.count == deviation?.count ? mean?.count : -1 }

  package mutating func fit(_ summaries: [ColumnSummary]) {
    mean = mean ?? summaries.map(\.mean)
    deviation = deviation ?? summaries.map { $0.isConstant ? 1 : $0.deviation }
  }

  package func map(_ place: Int) -> (any ColumnMap)? {
    guard let mean, let deviation else { return nil }
    return AffineMap(scale: 1 / deviation[place], offset: -mean[place] / deviation[place])
  }
}

extension Field where Root: PreprocessingModule {
  /// The columns that a change is made to.
  static func columns(_ path: any WritableKeyPath<Root, [Column]?> & Sendable) -> Field<Root> {
    Field("columns", path, "The columns, by name or number; all if left out.")
  }
}

extension Choice<PreprocessingKind> {
  /// (x - mean) / deviation of each column; all columns if none are named.
  public static func standardize(_ columns: [Column]? = nil) -> Self {
    var module = Standardize()
    module.columns = columns
    return Choice(module) { $0 }
  }
}
