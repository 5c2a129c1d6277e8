import CKernels
import Files

/// A view of `rows` rows of `columns` float32; each row begins `stride` values after the previous
/// one.
///
/// It does not own its memory: the arena's owner does, and no block is kept for longer than a pass.
/// Blocks of an arena have the strides of `stride(for:)` and own their padding, so that flat
/// kernels may run over it.
public struct Block: @unchecked Sendable {
  // Unchecked: a block is a pointer. The team hands each thread blocks that no other thread writes
  // during a stage.
  /// The first number.
  public let base: UnsafeMutablePointer<Float>
  /// The number of rows.
  public let rows: Int
  public let columns: Int
  /// The distance between the beginnings of two rows, in numbers.
  public let stride: Int

  /// A view of memory that its owner keeps; rows are adjacent unless `stride` is given.
  public init(_ base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
    self.base = base
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
  }

  /// The number of values in the whole block, padding included.
  public var span: Int { rows * stride }

  /// Returns the address of row `row`.
  public func row(_ row: Int) -> UnsafeMutablePointer<Float> { base + row * stride }

  /// The number at this row and column.
  public subscript(row: Int, column: Int) -> Float {
    get { base[row * stride + column] }
    nonmutating set { base[row * stride + column] = newValue }
  }

  /// Returns the first `count` rows.
  public func first(_ count: Int) -> Block {
    Block(base, rows: count, columns: columns, stride: stride)
  }

  /// Rows `range`.
  public func rows(_ range: Range<Int>) -> Block {
    Block(row(range.lowerBound), rows: range.count, columns: columns, stride: stride)
  }

  /// Columns `range` of every row.
  public func columns(_ range: Range<Int>) -> Block {
    Block(base + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }

  /// Returns the stride of a row in an arena: whole cache lines of 16 numbers each, and an odd
  /// number of lines from eight on.
  ///
  /// A product walks down a few columns. If rows are a power of two of lines apart, these all fall
  /// on the same few sets of the cache and evict each other: 50 rows times 784 x 500 ran at two
  /// thirds of the speed with 32 lines a row instead of 33.
  public static func stride(for columns: Int) -> Int {
    let lines = columns / 16 + (columns % 16 == 0 ? 0 : 1)
    return 16 * (lines < 8 ? lines : lines | 1)
  }

  /// Returns the number of values that `rows` rows take in an arena.
  public static func size(rows: Int, columns: Int) -> Size {
    // A stride is at most 31 more than the columns.
    columns > Int.max - 31 ? .beyond : Size(rows) * stride(for: columns)
  }

  /// Overwrites t with the transpose: t[c, r] = self[r, c]; self (n, m), t (m, n).
  public func transpose(into t: Block) {
    elbo_transpose(rows, columns, stride, base, t.stride, t.base)
  }

  /// Overwrites the rows with those of a block of the same size.
  public func copy(_ other: Block) {
    for r in 0..<rows { row(r).update(from: other.row(r), count: columns) }
  }

  /// Copies the rows in from contiguous values.
  public func load(_ values: UnsafePointer<Float>) {
    for r in 0..<rows { row(r).update(from: values + r * columns, count: columns) }
  }

  /// Copies the rows out, contiguous.
  public func store(_ values: UnsafeMutablePointer<Float>) {
    for r in 0..<rows { (values + r * columns).update(from: row(r), count: columns) }
  }
}
