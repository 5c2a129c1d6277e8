/// One axis of a panel.
package struct Axis: Sendable, Equatable {
  /// The quantity along it, with its unit.
  package var label: String
  package var isLogarithmic: Bool
  /// Words at 0, 1, 2, … instead of numbers.
  package var words: [String]

  package init(_ label: String, isLogarithmic: Bool = false, words: [String] = []) {
    self.label = label
    self.isLogarithmic = isLogarithmic
    self.words = words
  }

  /// More words than this are not written.
  static let wordLimit = 64
  /// Letters of a word that are written.
  static let letterLimit = 12

  /// Returns whether the axis can show the number; numbers that it cannot show become gaps.
  func shows(_ value: Double) -> Bool {
    // Differences of such numbers, and gnuplot's own arithmetic, do not overflow.
    value.magnitude < 1e100 && (!isLogarithmic || value > 1e-100)
  }
}
