import Files
import JSON
import Tensors

/// Rows between a source and the data set.
public struct Rows: Sendable, Equatable {
  /// The numbers of all rows.
  public var storage: Storage
  /// The shape of one row.
  public var shape: Shape
  /// The class of each row, if known.
  public var labels: [Int]?
  /// The names of the classes 0, 1, …, if they have names.
  public var classNames: [String]?
  /// The facts about each position, if the rows come from a table.
  public var columns: [TableColumn]?
  /// The places in the file, from 0, of the rows that a missing value left out.
  public var dropped: [Int] = []
  /// The facts about their files, if the rows are pictures.
  public var pictures: PictureNotes?
  /// The value that stands for 1, if it is not the default: 255 for bytes, the greatest value for
  /// floats.
  public var white: Float?
  /// The weight of each row, if they do not count alike.
  public var weights: [Float]?
  /// The words of a column that is not part of the rows, if one was asked for.
  package var aside: WordColumn?
  /// How grey levels become zeros and ones.
  public var binarization = Binarization.none

  /// The maximum number of values in a row, as for a model.
  private static let widest = 1 << 30

  /// Throws `shape` if there is not one label for each row.
  public init(_ storage: Storage, _ shape: Shape, labels: [Int]? = nil) throws(Fault) {
    self.storage = storage
    self.shape = shape
    self.labels = labels
    guard count > 0 else {
      throw Fault(.shape, "expected at least one row, got none", expected: "at least one row")
    }
    guard shape.count <= Self.widest else {
      throw Fault(
        .shape, "expected rows of at most \(Self.widest) numbers, got \(shape)",
        expected: "at most \(Self.widest) numbers in a row", got: "\(shape)")
    }
    // Rows are indexed by 32 bits, in random numbers among other places.
    guard count <= Int(UInt32.max) else {
      throw Fault(.shape, "expected at most \(UInt32.max) rows, got \(count)")
    }
    if let labels, labels.count != count {
      throw Fault(
        .shape, "expected a label for each of \(count) rows, got \(labels.count)", path: "labels",
        expected: "\(count) labels", got: "\(labels.count)")
    }
  }

  public var count: Int { shape.count == 0 ? 0 : storage.count / shape.count }

  /// Returns only the given rows, in the given order.
  func selecting(
    _ rows: some Collection<Int>, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Rows {
    // The indices, the labels, and intermediate copies.
    try Memory.require(Size(rows.count) * 32, for: "the names of the selected rows")
    var selected = self
    selected.storage = try storage.selecting(rows, of: shape.count, checkpoint)
    selected.labels = labels.map { labels in rows.map { labels[$0] } }
    selected.weights = weights.map { weights in rows.map { weights[$0] } }
    selected.aside?.places = rows.map { aside?.places[$0] ?? 0 }
    return selected
  }
}
