import Declarations
import Files
import JSON
import Tensors

/// Rows of a query to an SQLite database.
public struct SQLiteSource: TableSource {
  public static let type = "sqlite"
  public static let summary =
    "Rows of a query to an SQLite database, which is read into memory and never written (libsqlite3): numbers, and words as numbers."

  public var path = "table.db"
  public var query = "SELECT * FROM rows"
  public var categories = Named<[String]>()
  public var label: String?
  public var missing = CSVSource.Missing.refuse

  public init() {}

  /// Whether libsqlite3 can be loaded here.
  package static var isInstalled: Bool { SQLite.library != nil }

  public static let fields: [Field<SQLiteSource>] = [
    Field("path", \.path, "The file of the database.", required: true),
    Field(
      "query", \.query, "A SELECT: its columns become those of the rows, in their order.",
      required: true),
    Field(
      "categories", \.categories,
      "Columns of words, each with its words in the order of their numbers 0, 1, …; [] takes the words that occur, in natural order."
    ),
    Field(
      "label", \.label,
      "The column of the classes: whole numbers, taken as they are, or words, numbered in natural order or as in categories."
    ),
    Field(
      "missing", \.missing,
      "What to do with NULL: refuse the rows, drop the row, or fill in the mean of the column's other values (for words, the most frequent)."
    ),
  ]

  public func load(
    aside: AsideColumns, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Rows {
    try withoutActuallyEscaping(checkpoint) { (checkpoint) throws(Fault) in
      let rows = try SQLiteQuery(query, in: path, checkpoint)
      let names = rows.names
      if let twin = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
        throw Fault(
          .params, "two columns are named \(JSON.string(names[twin]).excerpt)", path: "query",
          expected: "a name for each column", got: JSON.string(names[twin]).excerpt,
          hint: "name one of them with AS")
      }
      var options = CSVSource()
      (options.path, options.columns, options.marks) = (path, nil, [""])
      (options.categories, options.label, options.missing) = (categories, label, missing)
      (options.unit, options.hasMarks) = ("row", false)
      var table = try CSVTable(options, NumberForm(), names, aside: aside)
      while try rows.next() {
        try checkpoint()
        try within("path") { () throws(Fault) in try table.take(rows) }
      }
      return try within("path") { () throws(Fault) in try table.rows(checkpoint) }
    }
  }
}

extension Choice<SourceKind> {
  /// Rows of a query to an SQLite database, which is read into memory and never written: numbers,
  /// and words as numbers.
  public static func sqlite(
    path: String, query: String, categories: [String: [String]] = [:], label: String? = nil,
    missing: CSVSource.Missing = .refuse
  ) -> Self {
    var module = SQLiteSource()
    (module.path, module.query, module.label) = (path, query, label)
    module.categories = Named(categories.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    module.missing = missing
    return Choice(module) { $0 }
  }
}
