import JSON

/// Finds the id of a request that is refused before it is parsed, because its text is too long or
/// has too many values.
///
/// It scans the bytes for the members of the outermost object, as far as the text was kept. It
/// finds nothing if the id comes after the dropped part, has escapes in its name, or is invalid;
/// the reply then has no id.
struct LeadingID {
  private let text: UnsafeRawBufferPointer
  private var place = 0

  static func find(in text: UnsafeRawBufferPointer) -> JSON? {
    var scanner = LeadingID(text: text)
    return scanner.find()
  }

  private init(text: UnsafeRawBufferPointer) { self.text = text }

  private mutating func find() -> JSON? {
    guard take(0x7B) else { return nil }
    while let name = takeString(), take(0x3A) {
      let isID = name.elementsEqual("\"id\"".utf8)
      skipSpace()
      let begin = place
      guard skipValue() else { return nil }
      let value = UnsafeRawBufferPointer(rebasing: text[begin..<place])
      // The character after a value shows that the value is complete.
      guard take(0x2C) || isAt(0x7D) else { return nil }
      if isID { return Self.id(value) }
    }
    return nil
  }

  /// Returns a JSON string or number; other values are not ids.
  private static func id(_ value: UnsafeRawBufferPointer) -> JSON? {
    guard value.count <= longest, let id = try? JSON(parsing: value) else { return nil }
    return switch id {
    case .string, .int, .real: id
    default: nil
    }
  }

  /// Longer than the ids of any client; the id is part of the reply.
  private static let longest = 1 << 10

  private mutating func skipSpace() {
    while place < text.count, [0x20, 0x09, 0x0D, 0x0A].contains(text[place]) { place += 1 }
  }

  private mutating func isAt(_ byte: UInt8) -> Bool {
    skipSpace()
    return place < text.count && text[place] == byte
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard isAt(byte) else { return false }
    place += 1
    return true
  }

  /// Returns a string with its quotes; nil if none begins here, or if it does not end.
  private mutating func takeString() -> UnsafeRawBufferPointer? {
    guard isAt(0x22) else { return nil }
    let begin = place
    place += 1
    while place < text.count, text[place] != 0x22 { place += text[place] == 0x5C ? 2 : 1 }
    guard place < text.count else { return nil }
    place += 1
    return UnsafeRawBufferPointer(rebasing: text[begin..<place])
  }

  /// Skips a value, only counting containers; returns false if it does not end.
  private mutating func skipValue() -> Bool {
    var depth = 0
    repeat {
      guard place < text.count else { return false }
      switch text[place] {
      case 0x22: guard takeString() != nil else { return false }
      case 0x5B, 0x7B:
        depth += 1
        place += 1
      case 0x5D, 0x7D:
        guard depth > 0 else { return false }
        depth -= 1
        place += 1
      case 0x2C where depth == 0: return false
      case 0x2C, 0x3A, 0x20, 0x09, 0x0D, 0x0A: place += 1
      default:
        while place < text.count, Self.isPlain(text[place]) { place += 1 }
      }
    } while depth > 0
    return true
  }

  /// Returns whether the byte is part of a number, true, false or null.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x22, 0x2C, 0x3A, 0x5B, 0x5D, 0x7B, 0x7D, 0x20, 0x09, 0x0D, 0x0A: false
    default: true
    }
  }
}
