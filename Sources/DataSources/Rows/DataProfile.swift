import Files
import JSON
import Tensors

/// What the columns of a data set are like: one pass over its rows, or over 100,000 evenly chosen
/// ones.
public struct DataProfile: Sendable {
  /// The columns, in their order.
  public let columns: [ColumnProfile]
  /// The number of rows that were examined.
  public let examined: Int
  /// The number of all rows.
  public let count: Int
  /// Whether the rows are those of a table, in which a column has a meaning of its own: not images,
  /// and not the pixels of images in a list.
  public let isTable: Bool

  /// The most rows, and the most values, that are examined: some hundredths of a second.
  private static let mostRows = 100_000
  private static let mostValues = 1 << 20
  private static let chunkValues = 1 << 16
  /// From so many columns, grey levels are taken for pixels: in a table, and in rows without names.
  private static let (namedPixels, pixels) = (64, 16)

  /// Examines rows; `checkpoint` is called between chunks of them. Throws `memory`, and the fault
  /// of a read.
  public init(
    of data: DataSet, ofAllRows: Bool = false, _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    let width = data.shape.count
    count = data.count
    let most =
      ofAllRows
      ? count : min(count, Self.mostRows, max(1000, Self.mostValues / max(1, width)))
    // One array at a time, since each is tried before it is made.
    let purpose = "a profile of \(width) columns"
    try Memory.require(Size(width) * MemoryLayout<String>.stride, for: purpose)
    let names = (0..<width).map { data.columns?[$0].name ?? "\($0)" }
    try Memory.require(Size(width) * MemoryLayout<ColumnProfile>.stride, for: purpose)
    var columns = (0..<width).map {
      ColumnProfile(name: names[$0], words: data.columns?[$0].categories)
    }
    try Memory.require(Size(most) * 4, for: purpose)
    let rows = (0..<most).map { UInt32($0 * data.count / most) }
    let chunk = max(1, min(256, rows.count, Self.chunkValues / max(1, width)))
    try Memory.require(Size(chunk) * width * 4, for: purpose)
    var memory = [Float](repeating: 0, count: chunk * width)
    for begin in stride(from: 0, to: rows.count, by: chunk) {
      let chosen = Array(rows[begin..<min(rows.count, begin + chunk)])
      try chosen.withUnsafeBufferPointer { (names) throws(Fault) in
        try data.bring(names, checkpoint)
      }
      memory.withUnsafeMutableBufferPointer { memory in
        guard let base = memory.baseAddress else { return }
        let block = Block(base, rows: chosen.count, columns: width)
        chosen.withUnsafeBufferPointer { names in
          if let first = names.baseAddress { data.gather(first, into: block, update: 0) }
        }
        for row in 0..<block.rows {
          let values = block.row(row)
          for column in 0..<width { columns[column].take(values[column], row: Int(chosen[row])) }
        }
      }
      if let fault = data.takeFault() { throw fault }
    }
    self.columns = columns
    examined = rows.count
    let areGrey =
      columns.allSatisfy { $0.areCounts && $0.maximum <= 255 && $0.words == nil }
      || data.minimum >= 0 && data.maximum <= 1
    let looksLikePixels =
      areGrey && width >= (data.columns == nil ? Self.pixels : Self.namedPixels)
    isTable = data.shape.extents.count == 1 && !looksLikePixels
  }

  /// The words for rows that were not all examined, after a sentence about them.
  public var extent: String {
    examined < count ? " (in \(examined) of \(count) rows, evenly chosen)" : ""
  }
}

extension DataSet {
  /// The profile of rows that may be a table's; nil for images, whose pixels say little one by one.
  package func tableProfile(
    _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> DataProfile? {
    guard shape.extents.count == 1 else { return nil }
    let profile = try DataProfile(of: self, checkpoint)
    return profile.isTable ? profile : nil
  }
}
