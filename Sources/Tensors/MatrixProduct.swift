import CKernels
import CXSMM

/// Products of blocks, single-threaded: the shards are what runs in parallel.
///
/// libxsmm compiles a kernel for each shape when it first occurs. On the shapes of small models it was the fastest of OpenBLAS, BLIS,
/// oneDNN and itself. It thinks in columns: row-major y = x w is column-major y^T = w^T x^T.
public enum MatrixProduct {
  /// y = x w, or y += x w. x (n, k), w (k, m), y (n, m).
  public static func multiply(_ x: Block, _ w: Block, into y: Block, accumulate: Bool = false) {
    multiply(x, w.base, stride: w.stride, step: panel, into: y, accumulate)
  }

  /// y = x w^T, or y += x w^T: the gradient in the input. x (n, m), w (k, m), y (n, k).
  public static func multiply(
    _ x: Block, _ w: TransposedPanels, into y: Block, accumulate: Bool = false
  ) {
    multiply(x, w.base, stride: panel, step: x.columns * panel, into: y, accumulate)
  }

  /// The rows of the right side are `stride` numbers apart, and its panels `step`.
  ///
  /// Rows of x are taken in blocks of about the same height, so many that they stay in the second cache while panel after panel of y is
  /// made of them.
  private static func multiply(
    _ x: Block, _ w: UnsafeMutablePointer<Float>, stride rowStride: Int, step: Int, into y: Block,
    _ accumulate: Bool
  ) {
    let most = max(32, blockNumbers / max(1, x.columns))
    let blocks = max(1, (x.rows + most - 1) / most)
    let height = max(1, (x.rows + blocks - 1) / blocks)
    for first in stride(from: 0, to: x.rows, by: height) {
      let rows = first..<min(first + height, x.rows)
      let (x, y) = (x.rows(rows), y.rows(rows))
      let isDone = xsmm_multiply(
        Int32(y.columns), Int32(y.rows), Int32(x.columns), w, Int32(rowStride), Int32(step), x.base,
        Int32(x.stride), y.base, Int32(y.stride), 0, accumulate ? 1 : 0, Int32(panel))
      guard isDone == 0 else { continue }
      for first in stride(from: 0, to: y.columns, by: panel) {
        let columns = first..<min(first + panel, y.columns)
        plain(y.columns(columns), x.columns, accumulate) { row, inner in
          x[row, inner]
        } right: {
          w + first / panel * step + $0 * rowStride
        }
      }
    }
  }

  /// A quarter of a mebibyte.
  private static let blockNumbers = 1 << 16

  /// w = x^T y, or w += x^T y: the gradient in the weights. x (n, k), y (n, m), w (k, m).
  public static func multiplyOuter(
    _ x: Block, _ y: Block, into w: Block, accumulate: Bool = false
  ) {
    let isDone = xsmm_multiply(
      Int32(w.columns), Int32(w.rows), Int32(x.rows), y.base, Int32(y.stride), Int32(panel), x.base,
      Int32(x.stride), w.base, Int32(w.stride), 1, accumulate ? 1 : 0, Int32(panel))
    guard isDone == 0 else { return }
    plain(w, x.rows, accumulate) { row, inner in
      x[inner, row]
    } right: {
      y.row($0)
    }
  }

  /// t = w^T. w (k, m), t (m, k).
  ///
  /// In squares that libxsmm has compiled kernels for: past some 170,000 numbers it takes a loop half as fast.
  public static func transpose(_ w: Block, into t: Block) {
    for row in stride(from: 0, to: w.rows, by: square) {
      for column in stride(from: 0, to: w.columns, by: square) {
        libxsmm_otrans(
          t.row(column) + row, w.row(row) + column, 4,
          libxsmm_blasint(min(square, w.columns - column)),
          libxsmm_blasint(min(square, w.rows - row)), libxsmm_blasint(w.stride),
          libxsmm_blasint(t.stride))
      }
    }
  }

  private static let square = 64

  /// Columns of a product that are made at a time: four vectors, for which libxsmm's kernels come to 90% of the peak. Those for all
  /// columns at once are cut into two vectors where the number is no multiple of four, and reach 65% with AVX2.
  static let panel = String(cString: elbo_simd()) == "x86-64-v4" ? 64 : 32

  /// For processors that libxsmm has no kernels for.
  private static func plain(
    _ out: Block, _ inner: Int, _ accumulate: Bool, _ left: (Int, Int) -> Float,
    right: (Int) -> UnsafeMutablePointer<Float>
  ) {
    for row in 0..<out.rows {
      let target = out.row(row)
      if !accumulate { target.update(repeating: 0, count: out.columns) }
      for k in 0..<inner {
        let (factor, source) = (left(row, k), right(k))
        for column in 0..<out.columns { target[column] += factor * source[column] }
      }
    }
  }
}
