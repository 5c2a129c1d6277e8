import Declarations

/// The parts of each row of a block, in order, declared once.
///
/// The same value gives the number of values to lay the block out with, and the position of each
/// part in it. Scratch is a block of one row. A cache has a row for each example or draw; every
/// part of it is then a separate block with that many times its rows, and the parts follow each
/// other.
package struct Carving: Sendable {
  /// The number of values in a row.
  package private(set) var count = 0

  package init() {}

  /// Adds rows that begin on whole cache lines and own their padding, as an arena's do.
  package mutating func block(_ rows: Int, _ columns: Int) -> Segment {
    append(rows, columns, Block.stride(for: columns))
  }

  /// Adds rows without gaps between them; the first begins on a whole line.
  package mutating func packed(_ rows: Int, _ columns: Int) -> Segment {
    append(rows, columns, columns)
  }

  /// Adds room for `count` float64.
  package mutating func doubles(_ count: Int) -> Segment { append(1, 2 * count, 2 * count) }

  private mutating func append(_ rows: Int, _ columns: Int, _ stride: Int) -> Segment {
    let offset = (count + 15) & ~15
    count = offset + rows * stride
    return Segment(offset: offset, rows: rows, columns: columns, stride: stride)
  }

  /// One part of a carving.
  package struct Segment: Sendable {
    fileprivate let offset: Int
    fileprivate let rows: Int
    fileprivate let columns: Int
    fileprivate let stride: Int

    /// Returns the part of a block that was laid out with the carving's count. The part's rows of
    /// row r follow those of row r - 1.
    ///
    /// A block that is too narrow ends the program, in every build: the check costs nothing
    /// compared with a pass, and no write can go past the end. No input leads there, since one
    /// carving makes both numbers.
    package func block(in whole: Block) -> Block {
      precondition(
        offset + rows * stride <= whole.columns, "a part stands behind the end of its block")
      return Block(
        whole.base + whole.rows * offset, rows: whole.rows * rows, columns: columns, stride: stride)
    }

    /// Returns the same part as float64, of a block with one row.
    package func doubles(in whole: Block) -> UnsafeMutablePointer<Double> {
      let block = block(in: whole)
      precondition(block.rows == 1 && whole.rows == 1, "float64 stand in one row")
      return UnsafeMutableRawPointer(block.base)
        .bindMemory(to: Double.self, capacity: block.columns / 2)
    }
  }
}
