import Declarations
import JSON

/// A column of a table: its name, or its number from 0.
public enum Column: JSONForm, Sendable, Equatable {
  case number(Int)
  case name(String)

  public static let schema = Schema(
    "a column's name or number", ["anyOf": [["type": "integer"], ["type": "string"]]])

  public init(json: JSON) throws(Fault) {
    switch json {
    case .string(let name): self = .name(name)
    case .int(let number) where number >= 0: self = .number(number)
    default: throw .misfit(expected: Self.schema.phrase, got: json)
    }
  }

  public var json: JSON {
    switch self {
    case .number(let number): .int(number)
    case .name(let name): .string(name)
    }
  }

  /// Returns the number of the column in rows of `width` columns, whose names may be known. Throws
  /// `unknownName`.
  func place(among names: [String]?, width: Int) throws(Fault) -> Int {
    switch self {
    case .number(let number):
      if number < width { return number }
      throw Fault(
        .unknownName, "there is no column \(number)", expected: "a column from 0 to \(width - 1)",
        got: "\(number)")
    case .name(let name):
      if let place = names?.firstIndex(of: name) { return place }
      throw Fault(
        .unknownName, "there is no column \(json.excerpt)",
        expected: names.map { "one of \($0.joined(separator: ", "))" }
          ?? "a number, as the columns have no names",
        got: json.excerpt, hint: suggestion(for: name, among: names ?? []))
    }
  }
}

/// The values of one column in the rows from which a change is fitted.
public struct ColumnSummary: Sendable {
  /// The name of the column, or its number.
  public let name: String
  /// The number of values.
  public private(set) var count = 0
  /// The mean of the values.
  public private(set) var mean = 0.0
  /// The least value.
  public private(set) var minimum = Double.infinity
  /// The greatest value.
  public private(set) var maximum = -Double.infinity
  /// Whether all values are whole numbers from 0.
  public private(set) var areCounts = true
  private var squares = 0.0

  init(name: String) { self.name = name }

  /// The standard deviation over the values, with their number as the divisor.
  public var deviation: Double { count == 0 ? 0 : (squares / Double(count)).squareRoot() }

  /// Whether all values are the same.
  public var isConstant: Bool { minimum == maximum }

  /// Takes one more value (Welford's update).
  mutating func take(_ value: Double) {
    count += 1
    let difference = value - mean
    mean += difference / Double(count)
    squares += difference * (value - mean)
    minimum = min(minimum, value)
    maximum = max(maximum, value)
    if value < 0 || value != value.rounded() { areCounts = false }
  }
}
