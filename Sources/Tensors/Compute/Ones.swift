import CKernels
import Files
import JSON

/// A block of zeros and ones as lists of its ones, by rows and by columns.
///
/// Binary images are mostly zeros (13% ones on binarised MNIST), so a product with one is a sum of
/// a few rows, in a third of the time. Laid out once for the largest block.
public final class Ones {
  private let columns: Int
  private let buffer: Buffer<UInt32>
  private let offsets: UnsafeMutablePointer<UInt32>
  private let indices: UnsafeMutablePointer<UInt32>
  private let columnOffsets: UnsafeMutablePointer<UInt32>
  private let rowIndices: UnsafeMutablePointer<UInt32>
  private var rows = 0

  /// Allocates room for `rows` rows. Throws `memory`.
  public init(rows: Int, columns: Int) throws(Fault) {
    self.columns = columns
    buffer = try Buffer(Self.size(rows: rows, columns: columns), for: "the ones of \(rows) rows")
    offsets = buffer.base
    columnOffsets = offsets + rows + 1
    indices = columnOffsets + columns + 2
    rowIndices = indices + rows * columns + 4
  }

  /// Returns the number of four-byte values that the lists take.
  public static func size(rows: Int, columns: Int) -> Size {
    Size(rows) * columns * 2 + rows + columns + 8
  }

  /// Lists the ones of `x`. Returns whether they are few enough for sums to beat products.
  public func list(_ x: Block) -> Bool {
    rows = x.rows
    let count = elbo_find_ones(x.rows, columns, x.stride, x.base, offsets, indices)
    guard count * 3 < x.rows * columns else { return false }
    elbo_transpose_ones(x.rows, columns, offsets, indices, columnOffsets, rowIndices)
    return true
  }

  /// y = x w + bias. w (columns, m), bias (m), y (rows, m).
  public func multiply(_ w: Block, adding bias: Block, into y: Block) {
    elbo_sum_selected(
      rows, offsets, indices, w.columns, w.stride, w.base, bias.base, 0, y.stride, y.base)
  }

  /// w = x^T y, or w += x^T y, for the given columns of x. y (rows, m), w (columns, m).
  public func multiplyOuter(_ y: Block, columns: Range<Int>, into w: Block, accumulate: Bool) {
    elbo_sum_selected(
      columns.count, columnOffsets + columns.lowerBound, rowIndices, y.columns, y.stride, y.base,
      nil, accumulate ? 1 : 0, w.stride, w.base)
  }
}
