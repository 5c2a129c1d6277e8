import Glibc

/// How a table writes numbers: the decimal mark and the separator of thousands.
struct NumberForm: Sendable {
  /// The ASCII character before the fraction.
  var decimal = UInt8(ascii: ".")
  /// The spellings of the separator; none if thousands are not separated.
  var separators: [[UInt8]] = []

  init() {}

  /// `thousands` is one character; a space stands for those that do not break as well.
  init(decimal: UInt8, thousands: String) {
    self.decimal = decimal
    separators =
      switch thousands {
      case "": []
      case " ", "\u{A0}", "\u{202F}": [" ", "\u{A0}", "\u{202F}"].map { Array($0.utf8) }
      default: [Array(thousands.utf8)]
      }
  }

  /// Returns the number that a field denotes; nil if it is none. A NUL follows the field.
  func number(_ field: UnsafeBufferPointer<UInt8>) -> Double? {
    guard decimal != UInt8(ascii: ".") || !separators.isEmpty else { return Self.parse(field) }
    guard var plain = plain(field) else { return nil }
    plain.append(0)
    return plain.withUnsafeBufferPointer {
      Self.parse(UnsafeBufferPointer(rebasing: $0.dropLast()))
    }
  }

  /// Returns the field with a decimal point and without separators; nil if a separator stands where
  /// none belongs.
  ///
  /// Three digits follow the last separator, and two or three each of the others, so that the
  /// decimal mark of another country is not taken for a separator.
  func plain(_ field: some Collection<UInt8>) -> [UInt8]? {
    var plain: [UInt8] = []
    var rest = field[...]
    // The digits since the last separator; nil after the integer part.
    var digits: Int? = 0
    var isFirst = true
    func endsGroup(_ digits: Int) -> Bool { isFirst || digits == 3 }
    while let byte = rest.first {
      if let separator = separators.first(where: { rest.starts(with: $0) }) {
        guard let count = digits, isFirst ? (1...3).contains(count) : (2...3).contains(count) else {
          return nil
        }
        (digits, isFirst) = (0, false)
        rest = rest.dropFirst(separator.count)
        continue
      }
      rest = rest.dropFirst()
      switch byte {
      case 0x30...0x39:
        digits? += 1
        plain.append(byte)
      case 0x2B, 0x2D: plain.append(byte)
      case decimal, 0x45, 0x65:
        if let count = digits, !endsGroup(count) { return nil }
        digits = nil
        plain.append(byte == decimal ? 0x2E : byte)
      default: return nil
      }
    }
    if let count = digits, !endsGroup(count) { return nil }
    return plain
  }

  /// Returns the number of a text as C writes it, without infinities, NaN and hexadecimal digits.
  private static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Double? {
    guard let base = text.baseAddress, !text.isEmpty, text.allSatisfy(isNumeric) else {
      return nil
    }
    return base.withMemoryRebound(to: CChar.self, capacity: text.count + 1) { begin in
      var end: UnsafeMutablePointer<CChar>?
      let value = strtod(begin, &end)
      return end.map { UnsafePointer($0) == begin + text.count } == true ? value : nil
    }
  }

  /// Returns a hint for a text that is a number in another form; nil for all other texts.
  static func hint(for text: String) -> String? {
    let comma = UInt8(ascii: ",")
    let forms: [(form: NumberForm, hint: String)] = [
      (NumberForm(decimal: comma, thousands: ""), "\"decimal\": \",\""),
      (NumberForm(decimal: 0x2E, thousands: ","), "\"thousands\": \",\""),
      (
        NumberForm(decimal: comma, thousands: "."),
        "\"decimal\": \",\", \"thousands\": \".\""
      ),
      (NumberForm(decimal: 0x2E, thousands: " "), "\"thousands\": \" \""),
      (
        NumberForm(decimal: comma, thousands: " "),
        "\"decimal\": \",\", \"thousands\": \" \""
      ),
      (NumberForm(decimal: 0x2E, thousands: "'"), "\"thousands\": \"'\""),
    ]
    let bytes = Array(text.utf8)
    let fitting = forms.filter { form in
      // A form whose separator does not occur reads no more than the one without it.
      guard
        form.form.separators.isEmpty || form.form.separators.contains(where: { bytes.holds($0) })
      else { return false }
      return form.form.plain(bytes).flatMap { Double(label: String(decoding: $0, as: UTF8.self)) }
        != nil
    }
    guard !fitting.isEmpty else { return nil }
    // Both of the first two read 1,234.
    return fitting.prefix(2).map(\.hint).joined(separator: ", or ") + " reads \(text) as a number"
  }

  /// Returns whether a text begins as a date does: three groups of digits, of which one is a year
  /// or all are short, between the same marks.
  static func isDate(_ text: String) -> Bool {
    let bytes = text.utf8.prefix { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "T") }
    return "-/.".utf8.contains { mark in
      let groups = bytes.split(separator: mark, omittingEmptySubsequences: false)
      return groups.count == 3
        && groups.allSatisfy { group in
          (group.count == 4 || (1...2).contains(group.count))
            && group.allSatisfy { (0x30...0x39).contains($0) }
        }
    }
  }

  /// Returns whether the byte may occur in a number.
  static func isNumeric(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x2B, 0x2D, 0x2E, 0x45, 0x65: true
    default: false
    }
  }
}

extension [UInt8] {
  /// Returns whether these bytes occur side by side.
  fileprivate func holds(_ part: [UInt8]) -> Bool {
    indices.contains { self[$0...].starts(with: part) }
  }
}
