import Declarations
import JSON

/// A change of the values in some columns of the data before the model sees them: y = T(x), column
/// by column.
///
/// The model is one of y; densities are those of x: log p(x) = log p(y) + sum log |dy/dx|. What the
/// model decodes and draws is turned back into x. Its numbers are found when a model is built for
/// data, and are then options like any others.
public protocol PreprocessingModule: Module {
  /// The columns that it changes; nil for all.
  var columns: [Column]? { get set }
  /// Whether its numbers are known for as many columns as it changes.
  var isFitted: Bool { get }
  /// Finds its numbers from a summary of each of its columns. Throws `support` if one does not fit.
  mutating func fit(_ summaries: [ColumnSummary]) throws(Fault)
  /// Returns the change of its column at `place`, once it is fitted; nil if the values stay.
  func map(_ place: Int) -> (any ColumnMap)?
  /// Returns the number of zeros and ones by which the encoder sees its column at `place`; nil if
  /// it sees the value.
  func levels(_ place: Int) -> Int?
  /// The number of columns that its numbers are for, if it has numbers.
  var fittedColumns: Int? { get }
}

extension PreprocessingModule {
  public func map(_ place: Int) -> (any ColumnMap)? { nil }
  public func levels(_ place: Int) -> Int? { nil }
  public var fittedColumns: Int? { nil }
}

/// A strictly increasing function of one value, with its inverse and its slope.
public protocol ColumnMap: Sendable {
  /// Returns y = T(x).
  func value(_ x: Double) -> Double
  /// Returns x of y.
  func original(_ y: Double) -> Double
  /// Returns log dy/dx at x.
  func logSlope(_ x: Double) -> Double
  /// Whether T(x) exists.
  func contains(_ x: Double) -> Bool
  /// A phrase for the values for which T(x) exists.
  var domain: String { get }
}

/// The kind of the changes before the model.
public enum PreprocessingKind: Kind {
  public static let name = "preprocessing"
  /// All of them by name. A new one needs one line here.
  public static let registry = Registry<any PreprocessingModule>(
    name,
    [
      .module(Log1p.self) { $0 },
      .module(Logit.self) { $0 },
      .module(OneHot.self) { $0 },
      .module(RangeScaling.self) { $0 },
      .module(Standardize.self) { $0 },
    ])
}

/// Rows from which the numbers of a change are found.
public enum FittedRows: JSONForm, Equatable, Sendable {
  /// All rows.
  case all
  /// A split, such as the rows without a fold.
  case split(String)

  /// The training split.
  public static let train = Self.split("train")

  public static let schema = Schema("\"all\", or the name of a split", ["type": "string"])

  public init(json: JSON) throws(Fault) {
    let name = try String(json: json)
    self = name == "all" ? .all : .split(name)
  }

  public var json: JSON {
    switch self {
    case .all: "all"
    case .split(let name): .string(name)
    }
  }
}
