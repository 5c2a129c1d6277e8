import Declarations
import Files
import JSON
import Tensors

/// The encoding of a table's text.
public enum TextEncoding: String, Word {
  case utf8 = "utf-8"
  case latin1 = "latin-1"
  case windows1252 = "windows-1252"
  case utf16 = "utf-16"
  case utf16le = "utf-16le"
  case utf16be = "utf-16be"
}

/// The text of a table in UTF-8, whatever the encoding of its file.
final class TableText {
  private let file: Unpacked
  private let encoding: TextEncoding
  private var ahead: [UInt8]
  /// The first unit of a pair of UTF-16.
  private var high: UInt16?

  /// Opens a text; without an `encoding`, the byte-order mark decides, or the zeros that UTF-16
  /// puts between ASCII characters, and UTF-8 otherwise.
  init(_ file: OpenFile, _ encoding: TextEncoding?) throws(Fault) {
    self.file = try Unpacked(file)
    var ahead = try self.file.read(4)
    let marks: [(TextEncoding, [UInt8])] = [
      (.utf8, [0xEF, 0xBB, 0xBF]), (.utf16le, [0xFF, 0xFE]), (.utf16be, [0xFE, 0xFF]),
    ]
    let mark = marks.first { ahead.starts(with: $0.1) }
    var found = encoding ?? mark?.0 ?? Self.guess(ahead)
    if found == .utf16 { found = mark?.0 == .utf16be ? .utf16be : .utf16le }
    if let mark, mark.0 == found { ahead.removeFirst(mark.1.count) }
    self.encoding = found
    self.ahead = ahead
  }

  private static func guess(_ bytes: [UInt8]) -> TextEncoding {
    guard bytes.count >= 2 else { return .utf8 }
    return bytes[0] != 0 && bytes[1] == 0
      ? .utf16le : bytes[0] == 0 && bytes[1] != 0 ? .utf16be : .utf8
  }

  /// Returns the next part; an empty one at the end. Throws `badFile`, `io` and `memory`.
  func read() throws(Fault) -> [UInt8] {
    while true {
      let more = try file.read(1 << 16)
      let bytes = ahead + more
      ahead = []
      guard !bytes.isEmpty else {
        if high != nil { throw bad("a half of a pair of UTF-16 is alone") }
        return []
      }
      var text: [UInt8] = []
      switch encoding {
      case .utf8: return bytes
      case .latin1, .windows1252:
        text.reserveCapacity(bytes.count + bytes.count / 8)
        for byte in bytes { text += UTF8.encode(scalar(byte)) ?? UTF8.encodedReplacementCharacter }
      case .utf16, .utf16le, .utf16be: try decode(bytes, isLast: more.isEmpty, into: &text)
      }
      if !text.isEmpty { return text }
    }
  }

  private func scalar(_ byte: UInt8) -> Unicode.Scalar {
    guard encoding == .windows1252, (0x80...0x9F).contains(byte) else {
      return Unicode.Scalar(byte)
    }
    return Self.windows[Int(byte) - 0x80]
  }

  /// What windows-1252 has in place of control characters (encoding.spec.whatwg.org).
  private static let windows: [Unicode.Scalar] = Array(
    "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}\u{90}‘’“”•–—˜™š›œ\u{9D}žŸ".unicodeScalars)

  private func decode(
    _ bytes: [UInt8], isLast: Bool, into text: inout [UInt8]
  ) throws(Fault) {
    let units = bytes.count / 2
    if bytes.count % 2 == 1 {
      guard !isLast else { throw bad("the text ends within a character of UTF-16") }
      ahead = [bytes[bytes.count - 1]]
    }
    text.reserveCapacity(2 * units)
    for unit in 0..<units {
      let (a, b) = (UInt16(bytes[2 * unit]), UInt16(bytes[2 * unit + 1]))
      let code = encoding == .utf16be ? a << 8 | b : b << 8 | a
      let isLow = code & 0xFC00 == 0xDC00
      guard isLow == (high != nil) else { throw bad("a half of a pair of UTF-16 is alone") }
      if code & 0xFC00 == 0xD800 {
        high = code
        continue
      }
      var number = UInt32(code)
      if let first = high {
        number = 0x10000 + UInt32(first & 0x3FF) << 10 + UInt32(code & 0x3FF)
        high = nil
      }
      guard let scalar = Unicode.Scalar(number), let encoded = UTF8.encode(scalar) else { continue }
      text += encoded
    }
  }

  private func bad(_ rule: String) -> Fault {
    File.bad(
      file.name, at: file.offset, rule,
      hint: "the table was read as \(encoding.rawValue): \"encoding\" names another encoding")
  }
}
