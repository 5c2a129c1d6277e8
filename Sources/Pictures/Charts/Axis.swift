/// A direction of a panel.
public struct Axis: Sendable, Equatable {
  /// What is counted along it, with its unit.
  public var label: String
  public var isLogarithmic: Bool
  /// Words at 0, 1, 2, … in place of numbers.
  public var words: [String]

  public init(_ label: String, isLogarithmic: Bool = false, words: [String] = []) {
    self.label = label
    self.isLogarithmic = isLogarithmic
    self.words = words
  }

  /// Whether the axis has a place for the number; what it has none for becomes a gap.
  func shows(_ value: Double) -> Bool {
    // gnuplot's own arithmetic overflows before a double does.
    value.magnitude < 1e100 && (!isLogarithmic || value > 1e-100)
  }
}
