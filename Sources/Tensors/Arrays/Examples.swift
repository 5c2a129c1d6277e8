import JSON

/// The rows of data that a model is trained or evaluated on.
///
/// A source may be larger than memory, so nothing may assume that it is an array of floats. Rows
/// become floats when they are gathered.
public protocol Examples: Sendable {
  /// The number of rows.
  var count: Int { get }
  /// The shape of one row.
  var shape: Shape { get }
  /// Whether every gathered value is 0 or 1.
  var isBinary: Bool { get }
  /// SHA-256 of the rows, by which a saved trainer recognises its data.
  var sha256: String { get }
  /// The class of each row, if known.
  var labels: [Int]? { get }
  /// The weight of each row, finite and from 0 on; nil if all count alike.
  var weights: [Float]? { get }
  /// If zeros and ones are drawn for each batch: the stored value that always gives a one.
  var certainLevel: Float? { get }
  /// The names of the classes 0, 1, …, if the labels were words.
  var classNames: [String]? { get }
  /// The names of the positions of a row, if it comes from a table.
  var columnNames: [String]? { get }
  /// The words that 0, 1, … stand for at positions of a row that hold words.
  var columnWords: [Int: [String]] { get }
  /// Whether several processes have a share of the rows each: then `bring` must come before
  /// `gather`.
  var isDistributed: Bool { get }
  /// Brings the named rows to all processes, if they are distributed, until it is called again;
  /// calls `checkpoint` first, whose fault is one of all processes. Never called while rows are
  /// gathered.
  func bring(
    _ rows: UnsafeBufferPointer<UInt32>, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault)
  /// Writes the rows named by `rows` into the first columns of `block` (block.rows of them).
  /// Sources that draw their values for each batch draw those of `update`.
  func gather(_ rows: UnsafePointer<UInt32>, into block: Block, update: UInt32)
  /// Returns the fault of a read since the last call: rows that could not be read were gathered as
  /// invalid values.
  func takeFault() -> Fault?
}

extension Examples {
  package func takeFault() -> Fault? { nil }
  package var isDistributed: Bool { false }

  package func bring(
    _ rows: UnsafeBufferPointer<UInt32>, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    try checkpoint()
  }

  /// Does the same for rows at an address.
  package func bring(
    _ rows: UnsafePointer<UInt32>, count: Int, _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    try bring(UnsafeBufferPointer(start: rows, count: count), checkpoint)
  }
}

extension Examples {
  package var labels: [Int]? { nil }
  package var weights: [Float]? { nil }
  package var certainLevel: Float? { nil }
  package var classNames: [String]? { nil }
  package var columnNames: [String]? { nil }
  package var columnWords: [Int: [String]] { [:] }
}
