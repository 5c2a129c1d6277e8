import Files
import JSON
import Tensors

/// Splits a text of comma-separated values into records, one at a time (RFC 4180, and its
/// dialects).
///
/// Lines end in LF or CRLF. A field in quotes may contain delimiters, line breaks and doubled
/// quotes; spaces around an unquoted field are not part of it. Throws `badFile` with line and
/// column.
struct CSVScanner: TableRecord {
  private let file: TableText
  private let path: String
  private let dialect: CSVDialect
  private var chunk: [UInt8] = []
  private var position = 0
  private var nextLine = 1
  /// The fields of the record without quotes, each followed by a NUL for `strtod`.
  private var text: [UInt8] = []
  /// The end of each field in `text`.
  private var ends: [Int] = []
  /// Whether a field of the record is in quotes.
  private var hasQuotes = false
  /// The first line of the record, counted from 1.
  private(set) var line = 1

  /// The maximum number of fields: more than any table has, and few enough for memory.
  static let mostFields = 1 << 20
  private static let mostBytes = 16 << 20

  init(_ file: OpenFile, _ encoding: TextEncoding?, _ dialect: CSVDialect) throws(Fault) {
    self.file = try TableText(file, encoding)
    path = file.path
    self.dialect = dialect
  }

  var count: Int { ends.count }

  /// Whether the line is blank; a field in quotes is not, even if it is empty.
  var isBlank: Bool { ends.count == 1 && ends[0] == 0 && !hasQuotes }

  /// Calls `body` with the bytes of a field of the record.
  func withField<T>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> T) -> T {
    let begin = index == 0 ? 0 : ends[index - 1] + 1
    return text.withUnsafeBufferPointer {
      body(UnsafeBufferPointer(rebasing: $0[begin..<ends[index]]))
    }
  }

  /// Reads the next record; returns false at the end. A blank line is a record of one empty field,
  /// except at the end of the file.
  mutating func next() throws(Fault) -> Bool {
    text.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    line = nextLine
    hasQuotes = false
    guard try peek() != nil else { return false }
    while true {
      let isLast = try takeField()
      ends.append(text.count)
      text.append(0)
      if isLast { return true }
      guard ends.count < Self.mostFields else {
        throw bad("a record has at most \(Self.mostFields) fields")
      }
    }
  }

  /// Reads a field and its delimiter; returns whether the record ends with it.
  private mutating func takeField() throws(Fault) -> Bool {
    let begin = text.count
    var isQuoted = false
    while true {
      guard let byte = try peek() else {
        if !isQuoted { trim(from: begin) }
        return true
      }
      position += 1
      switch byte {
      case dialect.delimiter, 0x0A, 0x0D:
        if byte == 0x0D {
          guard try peek() == 0x0A else {
            throw bad("a carriage return stands within a field or alone: lines end in LF or CRLF")
          }
          position += 1
        }
        if !isQuoted { trim(from: begin) }
        if byte == dialect.delimiter { return false }
        nextLine += 1
        return true
      case dialect.quote:
        if !isQuoted { trim(from: begin) }
        guard !isQuoted, text.count == begin else {
          throw bad(
            "a quote within a field: put the field in quotes, and double each quote in it",
            hint: "\"quote\": \"\" takes quotes as they are")
        }
        try takeQuoted(by: byte)
        (isQuoted, hasQuotes) = (true, true)
      case dialect.escape where !isQuoted:
        try takeEscaped()
      default:
        guard !isQuoted else { throw bad("a field continues after its closing quote") }
        text.append(byte)
        try checkSize()
      }
    }
  }

  /// Reads up to the closing quote.
  private mutating func takeQuoted(by quote: UInt8) throws(Fault) {
    while let byte = try peek() {
      position += 1
      if byte == dialect.escape {
        try takeEscaped()
        continue
      }
      if byte == quote {
        guard try peek() == quote else { return }
        position += 1
      }
      if byte == 0x0A { nextLine += 1 }
      text.append(byte)
      try checkSize()
    }
    throw bad("the file ends within a quoted field")
  }

  /// Takes the character after an escape as it is.
  private mutating func takeEscaped() throws(Fault) {
    guard let byte = try peek() else { throw bad("the file ends after an escape character") }
    position += 1
    if byte == 0x0A { nextLine += 1 }
    text.append(byte)
    try checkSize()
  }

  private mutating func peek() throws(Fault) -> UInt8? {
    if position == chunk.count {
      chunk = try file.read()
      position = 0
      if chunk.isEmpty { return nil }
    }
    return chunk[position]
  }

  /// Trims spaces and tabs from both ends of the field that begins at `begin`.
  private mutating func trim(from begin: Int) {
    while text.count > begin, text[text.count - 1] == 0x20 || text[text.count - 1] == 0x09 {
      text.removeLast()
    }
    let blanks = text[begin...].prefix { $0 == 0x20 || $0 == 0x09 }.count
    if blanks > 0 { text.removeSubrange(begin..<begin + blanks) }
  }

  private func checkSize() throws(Fault) {
    if text.count > Self.mostBytes { throw bad("a record has at most \(Self.mostBytes) bytes") }
  }

  private func bad(_ rule: String, hint: String? = nil) -> Fault {
    File.bad(path, line: line, column: "\(ends.count + 1)", rule, hint: hint)
  }
}
