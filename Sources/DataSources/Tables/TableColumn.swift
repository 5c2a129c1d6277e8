import Declarations
import JSON

/// What is known of a column of a table.
public struct TableColumn: Described, Equatable {
  public var name = ""
  /// Where values are the numbers of words: the words, in the order of their numbers.
  public var categories: [String]?
  /// Values that were missing, and were filled in.
  public var missing = 0

  public init() {}

  public static let fields: [Field<TableColumn>] = [
    Field("name", \.name, "Its name."),
    Field("categories", \.categories, "The words that 0, 1, … stand for, where it holds words."),
    Field("missing", \.missing, "Values that were missing, and are filled in."),
  ]
}
