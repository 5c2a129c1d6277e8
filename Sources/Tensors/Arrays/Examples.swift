import JSON

/// Rows of data that a model is trained on or asked about.
///
/// A source may be larger than memory: nothing may assume that it is an array of floats. Rows
/// become floats when they are gathered.
public protocol Examples: Sendable {
  /// The number of rows.
  var count: Int { get }
  /// The shape of one row.
  var shape: Shape { get }
  /// Whether every value that is gathered is 0 or 1.
  var isBinary: Bool { get }
  /// SHA-256 of the rows, by which a saved trainer knows its data again.
  var sha256: String { get }
  /// The class of each row, where it is known.
  var labels: [Int]? { get }
  /// Where zeros and ones are drawn anew for each batch: the stored value that is always a one.
  var certainLevel: Float? { get }
  /// The names of the classes 0, 1, …, where the labels were words.
  var classNames: [String]? { get }
  /// Writes the rows named by `rows` into the first columns of `block` (block.rows of them).
  /// Sources that draw their values anew for each batch draw those of `update`.
  func gather(_ rows: UnsafePointer<UInt32>, into block: Block, update: UInt32)
  /// The fault of a read since the last call: rows that could not be read were gathered as what
  /// they may not be.
  func takeFault() -> Fault?
}

extension Examples {
  public func takeFault() -> Fault? { nil }
}

extension Examples {
  public var labels: [Int]? { nil }
  public var certainLevel: Float? { nil }
  public var classNames: [String]? { nil }
}
