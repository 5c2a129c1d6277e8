import Glibc
import JSON

/// A reply as one readable line.
enum Summary {
  static func line(_ name: String, _ result: JSON, _ seconds: Double) -> String {
    let words: [String]
    if case .object(let members) = result {
      words = members.map { "\($0.name) \(text($0.value))" }
    } else {
      words = result == .null ? [] : [text(result)]
    }
    let time = seconds < 0.1 ? "" : "  (\(number(seconds, digits: 3)) s)"
    return ([padded(name, 20)] + words).joined(separator: "  ") + time
  }

  private static func text(_ value: JSON) -> String {
    switch value {
    // A sentence is shown whole, such as a warning; a hash or a picture is not.
    case .string(let text) where text.utf8.count > 60 && !text.utf8.contains(UInt8(ascii: " ")):
      "\(text.prefix(24))… (\(text.utf8.count))"
    case .string(let text): text
    case .real(let value): number(value)
    case .float(let value): number(Double(value))
    case .array(let elements) where elements.count <= 4 && elements.allSatisfy(\.isScalar):
      "[" + elements.map(text).joined(separator: ", ") + "]"
    case .array(let elements): "[… \(elements.count)]"
    case .floats(let values): "[… \(values.count)]"
    case .object(let members) where members.count <= 4 && members.allSatisfy(\.value.isScalar):
      "{" + members.map { "\($0.name) \(text($0.value))" }.joined(separator: ", ") + "}"
    case .object(let members): "{… \(members.count)}"
    default: value.line
    }
  }

  /// Writes a value with its error, both to the second digit of the error: "-29.03 ± 0.21".
  static func measured(_ value: Double, error: Double?) -> String {
    guard let error, error > 0, error.isFinite, value.isFinite else { return number(value) }
    let places = Int32(max(0, min(12, 1 - floor(log10(error)))))
    func text(_ value: Double) -> String {
      var text = [CChar](repeating: 0, count: 400)
      _ = withVaList([places, value]) { vsnprintf(&text, text.count, "%.*f", $0) }
      return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    return "\(text(value)) ± \(text(error))"
  }

  /// Writes a number in the usual notation, with `digits` significant digits.
  static func number(_ value: Double, digits: Int = 6) -> String {
    var text = [CChar](repeating: 0, count: 64)
    _ = withVaList([Int32(digits), value]) { vsnprintf(&text, text.count, "%.*g", $0) }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension JSON {
  fileprivate var isScalar: Bool {
    switch self {
    case .array, .floats, .object: false
    default: true
    }
  }
}
