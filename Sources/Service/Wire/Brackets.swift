/// The brackets of a line that is no complete JSON text.
enum Brackets {
  /// Returns how many brackets the line opens, less those that it closes, outside of strings.
  static func balance(of text: UnsafeRawBufferPointer) -> Int {
    var (balance, isString, isEscaped) = (0, false, false)
    for byte in text {
      if isString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isString = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): balance += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"): balance -= 1
      default: break
      }
    }
    return balance
  }

  /// Whether a line may be one of the later lines of a text over several: it is indented, begins
  /// with a string, or closes a bracket.
  static func continues(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let first = text.first else { return true }
    return [0x20, 0x09, UInt8(ascii: "\""), UInt8(ascii: "}"), UInt8(ascii: "]")].contains(first)
  }
}
