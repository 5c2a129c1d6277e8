import Declarations
import JSON

/// The facts about a column of a table.
public struct TableColumn: Answer, Equatable {
  public let name: String
  /// If the values are numbers of words: the words, in the order of their numbers.
  public let categories: [String]?
  /// The number of missing values that were filled in.
  public let missing: Int
  /// The number of whole numbers that float32 does not hold and that were therefore rounded.
  package var rounded = 0

  /// A column without missing values.
  package init(name: String, categories: [String]?, missing: Int = 0, rounded: Int = 0) {
    (self.name, self.categories) = (name, categories)
    (self.missing, self.rounded) = (missing, rounded)
  }

  /// The members of the reply.
  public static let members: [Member<TableColumn>] = [
    Member("name", \.name, "Name of the column."),
    Member("categories", \.categories, "Words that 0, 1, … stand for, if the column holds words."),
    Member("missing", \.missing, "Number of missing values that were filled in."),
  ]
}
