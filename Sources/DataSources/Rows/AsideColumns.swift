/// The columns of a table that are read beside its rows and are no part of them.
public struct AsideColumns: Sendable, Equatable {
  /// The column that says which split a row is in.
  public var split: String?
  /// The column of the rows' weights.
  public var weights: String?

  /// Names the columns; nil for none.
  public init(split: String? = nil, weights: String? = nil) {
    (self.split, self.weights) = (split, weights)
  }

  /// Whether there are none.
  public var isEmpty: Bool { split == nil && weights == nil }

  /// Returns whether this is the name of one of them.
  func contains(_ name: String) -> Bool { name == split || name == weights }
}
