import Glibc

/// Colours for a person at a terminal; everywhere else texts stay as they are.
struct Colors {
  var isOn: Bool

  /// Whether someone looks at the descriptor, and has not asked to be spared (no-color.org).
  static func areWanted(on descriptor: Int32) -> Bool {
    let isPlain = getenv("NO_COLOR").map { $0.pointee != 0 } ?? false
    return isatty(descriptor) == 1 && !isPlain
  }

  func bold(_ text: some StringProtocol) -> String { paint("1", text) }
  func green(_ text: some StringProtocol) -> String { paint("32", text) }
  func red(_ text: some StringProtocol) -> String { paint("31", text) }
  func yellow(_ text: some StringProtocol) -> String { paint("33", text) }

  private func paint(_ code: String, _ text: some StringProtocol) -> String {
    isOn && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[m" : String(text)
  }
}

extension Difference {
  /// What both values begin with and end in, and what differs between.
  var parts: (before: Substring, expected: Substring, got: Substring, after: Substring) {
    let before = zip(expected, got).prefix { $0 == $1 }.count
    let (a, b) = (expected.dropFirst(before), got.dropFirst(before))
    let after = zip(a.reversed(), b.reversed()).prefix { $0 == $1 }.count
    return (
      expected.prefix(before), a.dropLast(after), b.dropLast(after), a.suffix(after)
    )
  }
}
