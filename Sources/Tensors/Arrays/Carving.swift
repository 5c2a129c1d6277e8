import Declarations

/// What each row of a block is cut into: parts one behind the other, written down once.
///
/// The same value says how many numbers the parts take, with which the block is laid out, and where
/// each of them stands in it. Scratch is a block of one row. A cache has a row for each example or
/// draw, and every part of it is then a block of its own with that many times its rows, all of one
/// part before those of the next.
public struct Carving: Sendable {
  /// The numbers that a row has to have.
  public private(set) var count = 0

  public init() {}

  /// Rows that begin on whole lines of the cache and own their padding, as an arena's do.
  public mutating func block(_ rows: Int, _ columns: Int) -> Part {
    append(rows, columns, Block.stride(for: columns))
  }

  /// Rows without gaps between them; the first begins on a whole line.
  public mutating func packed(_ rows: Int, _ columns: Int) -> Part {
    append(rows, columns, columns)
  }

  /// Room for so many float64.
  public mutating func doubles(_ count: Int) -> Part { append(1, 2 * count, 2 * count) }

  private mutating func append(_ rows: Int, _ columns: Int, _ stride: Int) -> Part {
    let offset = (count + 15) & ~15
    count = offset + rows * stride
    return Part(offset: offset, rows: rows, columns: columns, stride: stride)
  }

  /// One of the parts.
  public struct Part: Sendable {
    fileprivate let offset: Int
    fileprivate let rows: Int
    fileprivate let columns: Int
    fileprivate let stride: Int

    /// The part of a block that was laid out with the carving's count. The part's rows of row r
    /// follow those of row r - 1.
    ///
    /// A block that is too narrow ends the program, in every build: a comparison is nothing beside
    /// a pass, and nothing is ever written behind the end. No input leads there, since one carving
    /// makes both numbers.
    public func block(in whole: Block) -> Block {
      precondition(
        offset + rows * stride <= whole.columns, "a part stands behind the end of its block")
      return Block(
        whole.base + whole.rows * offset, rows: whole.rows * rows, columns: columns, stride: stride)
    }

    /// The same as float64, of a block with one row.
    public func doubles(in whole: Block) -> UnsafeMutablePointer<Double> {
      let block = block(in: whole)
      precondition(block.rows == 1 && whole.rows == 1, "float64 stand in one row")
      return UnsafeMutableRawPointer(block.base)
        .bindMemory(to: Double.self, capacity: block.columns / 2)
    }
  }
}
