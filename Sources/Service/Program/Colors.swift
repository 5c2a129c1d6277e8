import Glibc

/// Colours for a terminal; elsewhere texts stay unchanged.
struct Colors {
  var isOn: Bool

  /// Returns whether the descriptor is a terminal, and the user has not turned colours off
  /// (no-color.org).
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
  /// The common beginning and end of both values, and the different parts between.
  var parts: (before: Substring, expected: Substring, got: Substring, after: Substring) {
    let before = zip(expected, got).prefix { $0 == $1 }.count
    let (a, b) = (expected.dropFirst(before), got.dropFirst(before))
    let after = zip(a.reversed(), b.reversed()).prefix { $0 == $1 }.count
    return (
      expected.prefix(before), a.dropLast(after), b.dropLast(after), a.suffix(after)
    )
  }
}
