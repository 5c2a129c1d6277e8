import Files
import JSON
import Tensors

/// Rows on their way from a source through the transforms.
public struct Rows: Sendable, Equatable {
  public var storage: Storage
  /// The shape of one row.
  public var shape: Shape
  /// The class of each row, where it is known.
  public var labels: [Int]?
  /// The names of the classes 0, 1, …, where they have names.
  public var classNames: [String]?
  /// What is known of each position, where the rows are those of a table.
  public var columns: [TableColumn]?
  /// What is known of their files, where the rows are pictures.
  public var pictures: PictureNotes?
  /// The value that stands for 1, where it is neither the 255 of bytes nor the greatest of floats.
  public var white: Float?
  public var binarization = Binarization.none

  /// The most numbers of a row: as many as a model takes.
  private static let widest = 1 << 30

  /// Throws `shape` where there is not one label for each row.
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
    // Rows are named by 32 bits, in random numbers among other things.
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

  /// Only those rows, in that order.
  func selecting(
    _ rows: some Collection<Int>, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Rows {
    // Names, labels, and what is made of them on the way.
    try Memory.require(Size(rows.count) * 32, for: "the names of the selected rows")
    var selected = self
    selected.storage = try storage.selecting(rows, of: shape.count, checkpoint)
    selected.labels = labels.map { labels in rows.map { labels[$0] } }
    return selected
  }
}
