import Declarations
import Glibc
import JSON

/// y = log(1 + x), for values above -1.
package struct Log1p: PreprocessingModule {
  package var columns: [Column]?

  package init() {}

  package static let type = "log1p"
  package static let summary = "log(1 + x), for values above -1, such as incomes."
  package static let fields: [Field<Log1p>] = [.columns(\.columns)]

  package var isFitted: Bool { true }
  package mutating func fit(_ summaries: [ColumnSummary]) {}
  package func map(_ place: Int) -> (any ColumnMap)? { Map() }

  private struct Map: ColumnMap {
    func value(_ x: Double) -> Double { log1p(x) }
    func original(_ y: Double) -> Double { expm1(y) }
    func logSlope(_ x: Double) -> Double { -log1p(x) }
    func contains(_ x: Double) -> Bool { x > -1 && x.isFinite }
    var domain: String { "a number above -1" }
  }
}

extension Choice<PreprocessingKind> {
  /// log(1 + x) of each column; all columns if none are named.
  public static func log1p(_ columns: [Column]? = nil) -> Self {
    var module = Log1p()
    module.columns = columns
    return Choice(module) { $0 }
  }
}
