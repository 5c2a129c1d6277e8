import Files
import JSON
import Tensors

/// Splits a text of comma-separated values into records, one at a time (RFC 4180).
///
/// Lines end in LF or CRLF. A field in quotes may contain delimiters, line breaks and doubled
/// quotes; spaces around an unquoted field are not part of it. Throws `badFile` with line and
/// column.
struct CSVScanner {
  private let file: Unpacked
  private let path: String
  private let delimiter: UInt8
  private var chunk: [UInt8] = []
  private var position = 0
  private var nextLine = 1
  /// The fields of the record without quotes, each followed by a NUL for `strtod`.
  private var text: [UInt8] = []
  /// The end of each field in `text`.
  private var ends: [Int] = []
  /// The first line of the record, counted from 1.
  private(set) var line = 1

  /// The maximum number of fields: more than any table has, and few enough for memory.
  static let mostFields = 1 << 20
  private static let mostBytes = 16 << 20

  init(_ file: OpenFile, delimiter: UInt8) throws(Fault) {
    self.file = try Unpacked(file)
    path = file.path
    self.delimiter = delimiter
    chunk = try self.file.read(1 << 16)
    // The byte-order mark, which some programs put before UTF-8.
    if chunk.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  var count: Int { ends.count }

  /// Calls `body` with the bytes of a field of the record.
  func withField<T>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> T) -> T {
    let begin = index == 0 ? 0 : ends[index - 1] + 1
    return text.withUnsafeBufferPointer {
      body(UnsafeBufferPointer(rebasing: $0[begin..<ends[index]]))
    }
  }

  /// Returns a field as text; nil if it is not UTF-8.
  func field(_ index: Int) -> String? {
    withField(index) { String(validating: $0, as: UTF8.self) }
  }

  /// Reads the next record; returns false at the end. A blank line is a record of one empty field,
  /// except at the end of the file.
  mutating func next() throws(Fault) -> Bool {
    text.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    line = nextLine
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
      case delimiter, 0x0A, 0x0D:
        if byte == 0x0D {
          guard try peek() == 0x0A else {
            throw bad("a carriage return stands within a field or alone: lines end in LF or CRLF")
          }
          position += 1
        }
        if !isQuoted { trim(from: begin) }
        if byte == delimiter { return false }
        nextLine += 1
        return true
      case 0x22:
        guard !isQuoted, text.count == begin else {
          throw bad("a quote within a field: put the field in quotes, and double each quote in it")
        }
        try takeQuoted()
        isQuoted = true
      default:
        guard !isQuoted else { throw bad("a field continues after its closing quote") }
        text.append(byte)
        try checkSize()
      }
    }
  }

  /// Reads up to the closing quote.
  private mutating func takeQuoted() throws(Fault) {
    while let byte = try peek() {
      position += 1
      if byte == 0x22 {
        guard try peek() == 0x22 else { return }
        position += 1
      }
      if byte == 0x0A { nextLine += 1 }
      text.append(byte)
      try checkSize()
    }
    throw bad("the file ends within a quoted field")
  }

  private mutating func peek() throws(Fault) -> UInt8? {
    if position == chunk.count {
      chunk = try file.read(1 << 16)
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

  private func bad(_ rule: String) -> Fault {
    File.bad(path, line: line, column: "\(ends.count + 1)", rule)
  }
}
