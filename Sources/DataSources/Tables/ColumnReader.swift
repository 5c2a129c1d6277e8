import Declarations
import Files
import JSON
import Tensors

/// A column while its table is read, which converts fields to numbers.
struct ColumnReader {
  let name: String
  /// The index of the field in a record, from 0.
  let field: Int
  /// The number of each word; nil if the fields are numbers.
  private var words: [String: Int]?
  /// Whether new words are added.
  private var isOpen: Bool
  /// Whether the first value decides between numbers and words.
  private let detects: Bool
  /// The line of the first word of a column that was found to hold words.
  private var firstWord: Int?
  private let form: NumberForm
  private let unit: String
  /// The option that lists the marks of missing values; nil if the source has none.
  private let marks: String?
  private var counts: [Int] = []
  private var sum = 0.0
  private var present = 0
  /// The number of whole numbers that float32 rounds.
  private(set) var rounded = 0

  /// The maximum number of words, as for the categorical likelihood.
  private static let mostWords = 65_536

  init(
    _ name: String, field: Int, words: [String]?, detects: Bool = false, _ form: NumberForm,
    _ unit: String, marks: String?
  ) {
    self.name = name
    self.form = form
    self.unit = unit
    self.marks = marks
    self.field = field
    self.detects = detects && words == nil
    isOpen = words?.isEmpty ?? false
    self.words = words.map { words in
      Dictionary(words.enumerated().map { ($1, $0) }) { first, _ in first }
    }
    counts = [Int](repeating: 0, count: words?.count ?? 0)
  }

  var holdsWords: Bool { words != nil }

  /// Returns the number of a record's field. Throws `badFile` if it has none.
  mutating func value(_ record: some TableRecord, _ path: String) throws(Fault) -> Double {
    if detects { try detect(record, path) }
    let value = words == nil ? try number(record, path) : Double(try word(record, path))
    sum += value
    present += 1
    return value
  }

  /// Takes the column for one of words if its first value is no number. Throws `badFile` for a
  /// number after a word: the word may be a unit, or stand for a missing value.
  private mutating func detect(_ record: some TableRecord, _ path: String) throws(Fault) {
    guard present == 0 || words != nil else { return }
    let isNumber = record.withField(field) { form.number($0) } != nil
    if present == 0, !isNumber, otherForm(of: record) == nil {
      (words, isOpen, firstWord) = ([:], true, record.line)
    } else if isNumber, let firstWord {
      throw bad(
        record, path, "expected a word, as in \(unit) \(firstWord), got \(shown(record))",
        hint:
          "\"categories\": {\(JSON.string(name).excerpt): []} takes all as words; if \(unit) \(firstWord) has no number where one should be, mend it"
      )
    }
  }

  private mutating func number(
    _ record: some TableRecord, _ path: String
  ) throws(Fault) -> Double {
    let value = record.withField(field) { form.number($0) }
    guard let value else {
      throw bad(
        record, path, "expected a number, got \(shown(record))", hint: wayOut(of: record))
    }
    guard Float(value).isFinite else {
      throw bad(
        record, path, "expected a number of float32, up to 3.4e38, got \(shown(record))",
        hint: "give the column another unit, such as its logarithm, before loading"
          + (marks.map { ", or add \(shown(record)) to \"\($0)\" if it stands for a missing value" }
            ?? ""))
    }
    if value.magnitude > 0x1p24, Double(Float(value)) != value, value == value.rounded() {
      rounded += 1
    }
    return value
  }

  private mutating func word(_ record: some TableRecord, _ path: String) throws(Fault) -> Int {
    guard let word = record.field(field) else {
      throw bad(
        record, path, "expected text in UTF-8, got other bytes", hint: CSVSource.encodingHint)
    }
    if let known = words?[word] {
      counts[known] += 1
      return known
    }
    guard isOpen else {
      let known = names.prefix(8).map { JSON.string($0).line }.joined(separator: ", ")
      throw bad(
        record, path,
        "expected one of \(known)\(counts.count > 8 ? ", …" : ""), got \(shown(record))",
        hint: suggestion(for: word, among: names)
          ?? "add the word at the end of its list in \"categories\", or give [] there for all that occur"
      )
    }
    guard counts.count < Self.mostWords else {
      throw bad(
        record, path, "a column has at most \(Self.mostWords) different words",
        hint: "leave it out \(selection) if it names the rows, or join rare words before loading")
    }
    words?[word] = counts.count
    counts.append(1)
    return counts.count - 1
  }

  /// The words in the order of their numbers.
  var names: [String] {
    (words ?? [:]).sorted { $0.value < $1.value }.map(\.key)
  }

  /// Sorts the words in natural order; returns the new number of each old one.
  mutating func sort() -> [Int] {
    let old = names
    guard isOpen else { return Array(old.indices) }
    let sorted = old.naturallySorted()
    let places = Dictionary(sorted.enumerated().map { ($1, $0) }) { first, _ in first }
    words = places
    let moves = old.map { places[$0] ?? 0 }
    let counted = counts
    for (from, into) in moves.enumerated() { counts[into] = counted[from] }
    return moves
  }

  /// The replacement for a missing value: the mean of the others, or the most frequent word; nil if
  /// there are no others.
  var filling: Double? {
    if words == nil { return present > 0 ? sum / Double(present) : nil }
    // All words are missing where none is counted, though a list names them.
    guard present > 0 else { return nil }
    return counts.indices.max { (counts[$0], $1) < (counts[$1], $0) }.map { Double($0) }
  }

  /// Where the columns are chosen, in words: a query has no marks, nor a list of columns.
  private var selection: String { marks == nil ? "of the SELECT" : "of \"columns\"" }

  /// Returns a hint for a field that is not a number.
  private func wayOut(of record: some TableRecord) -> String {
    if let hint = otherForm(of: record) { return hint }
    let text = record.withField(field) { String(decoding: $0, as: UTF8.self) }
    if NumberForm.isDate(text) {
      return
        "a date goes as a number, such as days since the first: convert it, or leave it out \(selection)"
    }
    let words = "if the column holds words, add \"categories\": {\(JSON.string(name).excerpt): []}"
    if record.line == 1, name == "\(field)" {
      return "if the first line names the columns, leave \"header\": false out; \(words)"
    }
    let missing = marks.map { "add it to \"\($0)\"" } ?? "select NULL in its place"
    return "if \(shown(record)) stands for a missing value, \(missing); \(words)"
  }

  /// Returns the option that reads the field as a number, or as several fields; nil if none does.
  private func otherForm(of record: some TableRecord) -> String? {
    let text = record.withField(field) { String(decoding: $0, as: UTF8.self) }
    return CSVSource.delimiterHint(in: text) ?? NumberForm.hint(for: text)
  }

  private func shown(_ record: some TableRecord) -> String {
    JSON.string(record.withField(field) { String(decoding: $0, as: UTF8.self) }).excerpt
  }

  func bad(_ record: some TableRecord, _ path: String, _ rule: String, hint: String? = nil) -> Fault
  {
    bad(line: record.line, path, rule, hint: hint)
  }

  func bad(line: Int, _ path: String, _ rule: String, hint: String?) -> Fault {
    let column = "\(field + 1)" + (name == "\(field)" ? "" : " (\(JSON.string(name).excerpt))")
    return File.bad(path, line: line, column: column, rule, hint: hint, unit: unit)
  }
}
