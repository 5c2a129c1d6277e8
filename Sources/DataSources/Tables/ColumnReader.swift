import Files
import Glibc
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
  private let isOpen: Bool
  private var counts: [Int] = []
  private var sum = 0.0
  private var present = 0

  /// The maximum number of words, as for the categorical likelihood.
  private static let mostWords = 65_536

  init(_ name: String, field: Int, words: [String]?) {
    self.name = name
    self.field = field
    isOpen = words?.isEmpty ?? false
    self.words = words.map { words in
      Dictionary(words.enumerated().map { ($1, $0) }) { first, _ in first }
    }
    counts = [Int](repeating: 0, count: words?.count ?? 0)
  }

  var holdsWords: Bool { words != nil }

  /// Returns the number of a record's field. Throws `badFile` if it has none.
  mutating func value(_ record: CSVScanner, _ path: String) throws(Fault) -> Double {
    let value = words == nil ? try number(record, path) : Double(try word(record, path))
    sum += value
    present += 1
    return value
  }

  private func number(_ record: CSVScanner, _ path: String) throws(Fault) -> Double {
    let value: Double? = record.withField(field) { bytes in
      // `strtod` would accept "inf", "nan" and hexadecimal digits too.
      guard let base = bytes.baseAddress, !bytes.isEmpty, bytes.allSatisfy(Self.isNumeric) else {
        return nil
      }
      return base.withMemoryRebound(to: CChar.self, capacity: bytes.count + 1) { text in
        var end: UnsafeMutablePointer<CChar>?
        let value = strtod(text, &end)
        return end.map { UnsafePointer($0) == text + bytes.count } == true ? value : nil
      }
    }
    guard let value else {
      throw bad(
        record, path, "expected a number, got \(shown(record))", hint: wayOut(of: record))
    }
    guard Float(value).isFinite else {
      throw bad(record, path, "expected a number of float32, got \(shown(record))")
    }
    return value
  }

  /// Returns whether the byte may occur in a number.
  static func isNumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x2B, 0x2D, 0x2E, 0x45, 0x65: true
    default: false
    }
  }

  private mutating func word(_ record: CSVScanner, _ path: String) throws(Fault) -> Int {
    guard let word = record.field(field) else {
      throw bad(record, path, "expected text in UTF-8, got other bytes")
    }
    if let known = words?[word] {
      counts[known] += 1
      return known
    }
    guard isOpen else {
      let known = names.prefix(8).map { JSON.string($0).line }.joined(separator: ", ")
      throw bad(
        record, path,
        "expected one of \(known)\(counts.count > 8 ? ", …" : ""), got \(shown(record))")
    }
    guard counts.count < Self.mostWords else {
      throw bad(record, path, "a column has at most \(Self.mostWords) different words")
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
    return counts.indices.max { (counts[$0], $1) < (counts[$1], $0) }.map { Double($0) }
  }

  /// Returns a hint for a field that is not a number.
  private func wayOut(of record: CSVScanner) -> String {
    let text = record.withField(field) { String(decoding: $0, as: UTF8.self) }
    if let hint = CSVSource.delimiterHint(in: text) { return hint }
    if text.contains(","), text.utf8.allSatisfy({ $0 == UInt8(ascii: ",") || Self.isNumeric($0) }) {
      return "write numbers with a decimal point and without commas"
    }
    return "if \(shown(record)) stands for a missing value, add it to \"marks\"; "
      + "if the column holds words, add \"categories\": {\(JSON.string(name).excerpt): []}"
  }

  private func shown(_ record: CSVScanner) -> String {
    JSON.string(record.withField(field) { String(decoding: $0, as: UTF8.self) }).excerpt
  }

  func bad(_ record: CSVScanner, _ path: String, _ rule: String, hint: String? = nil) -> Fault {
    bad(line: record.line, path, rule, hint: hint)
  }

  func bad(line: Int, _ path: String, _ rule: String, hint: String?) -> Fault {
    let column = "\(field + 1)" + (name == "\(field)" ? "" : " (\(JSON.string(name).excerpt))")
    return File.bad(path, line: line, column: column, rule, hint: hint)
  }
}
