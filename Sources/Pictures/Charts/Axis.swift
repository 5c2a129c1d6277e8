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

  /// Returns whether the axis can show the number; numbers that it cannot show become gaps.
  func shows(_ value: Double) -> Bool {
    // gnuplot's own arithmetic overflows before a double does.
    value.magnitude < 1e100 && (!isLogarithmic || value > 1e-100)
  }
}
