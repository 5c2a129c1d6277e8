import Declarations
import Files
import JSON
import Tensors

/// Rows of a table of comma-separated values, plain or compressed by gzip.
///
/// A number is used as it is, and a word becomes its number among the words of its column. A row
/// with a missing value is refused or dropped, or the value is filled in; no likelihood leaves
/// missing values out of its sum.
public struct CSVSource: TableSource {
  public static let type = "csv"
  public static let summary =
    "Rows of a table of comma-separated values (RFC 4180) or its dialects, plain or gzip: numbers, and words as numbers."
  /// What stands for a missing value unless "marks" says otherwise.
  public static let usualMarks = ["", "NA", "NaN", "?"]

  /// How a row with a missing value is treated.
  public enum Missing: String, Word {
    case refuse, drop, mean
  }

  public var path = "table.csv"
  public var header = true
  public var delimiter: String?
  public var quote = "\""
  public var escape: String?
  public var encoding: TextEncoding?
  public var decimal = "."
  public var thousands = ""
  public var index: String?
  public var columns: [String]?
  public var categories = Named<[String]>()
  public var detectWords = false
  public var label: String?
  public var missing = Missing.refuse
  public var marks = Self.usualMarks
  /// The word for a record in messages.
  var unit = "line"
  /// Whether "marks" is an option of the source.
  var hasMarks = true

  public init() {}

  public static let examples: [CSVSource] = {
    var typed = CSVSource()
    typed.columns = ["height", "colour"]
    typed.categories = Named([("colour", []), ("species", ["cat", "dog"])])
    typed.label = "species"
    typed.missing = .drop
    var european = CSVSource()
    (european.path, european.delimiter, european.encoding) = ("tabelle.csv", ";", .latin1)
    (european.decimal, european.thousands, european.index) = (",", ".", "Nr")
    european.detectWords = true
    return [CSVSource(), typed, european]
  }()

  public static let fields: [Field<CSVSource>] = [
    Field("path", \.path, "The file.", required: true),
    Field(
      "header", \.header,
      "Whether the first line names the columns; if not, their names are \"0\", \"1\", …"),
    Field(
      "delimiter", \.delimiter,
      "The ASCII character between two fields; if left out, a comma, or a tab in a file whose name ends in .tsv or .tab."
    ),
    Field(
      "quote", \.quote,
      "The ASCII character around fields that contain delimiters or line breaks; \"\" takes quotes as they are."
    ),
    Field(
      "escape", \.escape, "The ASCII character that takes the next one as it is, such as \"\\\"."),
    Field(
      "encoding", \.encoding,
      "The encoding of the text; if left out, UTF-16 if the text begins as UTF-16 does, and UTF-8 otherwise."
    ),
    Field("decimal", \.decimal, "The ASCII character before the fraction of a number."),
    Field(
      "thousands", \.thousands,
      "The character between groups of three digits, if there is one; a space stands for those that do not break as well."
    ),
    Field(
      "columns", \.columns,
      "The columns to take, in this order; if left out, all but the label and the index."),
    Field(
      "index", \.index,
      "The column that numbers or names the rows, and is left out; if not given, the first one if it has no name."
    ),
    Field(
      "categories", \.categories,
      "Columns of words, each with its words in the order of their numbers 0, 1, …; [] takes the words that occur, in natural order."
    ),
    Field(
      "detectWords", \.detectWords,
      "Whether a column whose first value is no number holds words too, as one of [] in categories does."
    ),
    Field(
      "label", \.label,
      "The column of the classes: whole numbers, taken as they are, or words, numbered in natural order or as in categories."
    ),
    Field(
      "missing", \.missing,
      "What to do with a missing value: refuse the file, drop the row, or fill in the mean of the column's other values (for words, the most frequent)."
    ),
    Field(
      "marks", \.marks,
      "Fields that stand for a missing value, in place of the default list: repeat those of it that still do."
    ),
  ]

  public func load(
    aside: AsideColumns, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Rows {
    let dialect = try CSVDialect(self)
    let form = try numberForm()
    let file = try within("path") { () throws(Fault) in try OpenFile(path) }
    do throws(Fault) { return try rows(of: file, dialect, form, aside, checkpoint) } catch {
      var fault = error
      let beginning = try file.bytes(at: 0, count: 16)
      if fault.kind == .badFile, !beginning.starts(with: [0x1F, 0x8B]),
        let advice = ForeignFormat.advice(for: beginning)
      {
        fault.hint = advice
      }
      throw fault
    }
  }

  private func rows(
    of file: OpenFile, _ dialect: CSVDialect, _ form: NumberForm, _ aside: AsideColumns,
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Rows {
    var scanner = try within("path") { () throws(Fault) in
      try CSVScanner(file, encoding, dialect)
    }
    guard try within("path", { () throws(Fault) in try scanner.next() }) else {
      throw File.bad(path, line: 1, column: nil, "the file is empty").within("path")
    }
    let names = try header ? self.names(scanner) : (0..<scanner.count).map(String.init)
    var table = try CSVTable(self, form, names, aside: aside)
    return try within("path") { () throws(Fault) in
      if !header { try table.take(scanner) }
      while try scanner.next() {
        try checkpoint()
        try table.take(scanner)
      }
      return try table.rows(checkpoint)
    }
  }

  private func numberForm() throws(Fault) -> NumberForm {
    guard let mark = decimal.utf8.first, decimal.utf8.count == 1, mark < 128,
      !"0123456789+-eE\r\n".utf8.contains(mark)
    else {
      throw .misfit(
        expected: "one ASCII character that is no part of a number", got: .string(decimal),
        at: "decimal")
    }
    guard
      thousands.isEmpty
        || thousands.count == 1 && thousands != decimal && !"0123456789+-eE\r\n".includes(thousands)
    else {
      throw .misfit(
        expected: "one character that is no part of a number, and not the decimal mark",
        got: .string(thousands), at: "thousands")
    }
    return NumberForm(decimal: mark, thousands: thousands)
  }

  /// A hint for a text that is not UTF-8.
  static let encodingHint =
    "\"encoding\": \"latin-1\" or \"windows-1252\" reads what European programs write"

  /// Returns a hint for a text that was read as one field, but seems to have several with another
  /// delimiter.
  static func delimiterHint(in text: String) -> String? {
    text.first { ";\t|".contains($0) }.map {
      "if another character than a comma separates fields, give \"delimiter\": \(JSON.string(String($0)).line)"
    }
  }

  private func names(_ record: CSVScanner) throws(Fault) -> [String] {
    var known: Set<String> = []
    var names: [String] = []
    for index in 0..<record.count {
      guard let name = record.field(index), known.insert(name).inserted else {
        let what =
          record.field(index).map { "the name \(JSON.string($0).excerpt) occurs twice" }
          ?? "expected a name in UTF-8, got other bytes"
        throw File.bad(
          path, line: record.line, column: "\(index + 1)", what,
          hint: record.field(index) == nil
            ? Self.encodingHint : "\"header\": false reads the first line as a row"
        ).within("path")
      }
      names.append(name)
    }
    return names
  }
}

extension Choice<SourceKind> {
  /// Rows of a table of comma-separated values (RFC 4180), plain or gzip: numbers, and words as
  /// numbers.
  public static func csv(
    path: String, header: Bool = true, delimiter: String? = nil, quote: String = "\"",
    escape: String? = nil, encoding: TextEncoding? = nil, decimal: String = ".",
    thousands: String = "", columns: [String]? = nil, index: String? = nil,
    categories: [String: [String]] = [:], detectWords: Bool = false, label: String? = nil,
    missing: CSVSource.Missing = .refuse,
    marks: [String] = CSVSource.usualMarks
  ) -> Self {
    var module = CSVSource()
    module.path = path
    module.header = header
    module.delimiter = delimiter
    (module.quote, module.escape, module.encoding) = (quote, escape, encoding)
    (module.decimal, module.thousands, module.index) = (decimal, thousands, index)
    module.columns = columns
    module.categories = Named(categories.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    (module.detectWords, module.label) = (detectWords, label)
    module.missing = missing
    module.marks = marks
    return Choice(module) { $0 }
  }
}
