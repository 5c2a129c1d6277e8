import CKernels
import CXSMM

/// Products of blocks, single-threaded: the shards are what runs in parallel.
///
/// libxsmm compiles a kernel for each shape when it first occurs. On the shapes of small models it was the fastest of OpenBLAS, BLIS,
/// oneDNN and itself. It thinks in columns: row-major y = x w is column-major y^T = w^T x^T.
public enum MatrixProduct {
  /// y = x w, or y += x w. x (n, k), w (k, m), y (n, m).
  public static func multiply(_ x: Block, _ w: Block, into y: Block, accumulate: Bool = false) {
    multiply(x, Right(w), nil, into: y, accumulate)
  }

  /// y = x w + bias. x (n, k), w (k, m), bias (m), y (n, m).
  public static func multiply(_ x: Block, _ w: Block, adding bias: Block, into y: Block) {
    multiply(x, Right(w), bias, into: y, false)
  }

  /// y = x w^T, or y += x w^T: the gradient in the input. x (n, m), w (k, m), y (n, k).
  public static func multiply(
    _ x: Block, _ w: TransposedPanels, into y: Block, accumulate: Bool = false
  ) {
    multiply(x, Right(w), nil, into: y, accumulate)
  }

  /// w = x^T y, or w += x^T y: the gradient in the weights. x (n, k), y (n, m), w (k, m).
  public static func multiplyOuter(
    _ x: Block, _ y: Block, into w: Block, accumulate: Bool = false
  ) {
    run(x, Right(y), nil, into: w, accumulate, isOuter: true)
  }

  /// What a product reads in panels: its rows are `stride` numbers apart, its panels `step`.
  private struct Right {
    let base: UnsafeMutablePointer<Float>
    let stride: Int
    let step: Int

    init(_ block: Block) { (base, stride, step) = (block.base, block.stride, panel) }
    init(_ transposed: TransposedPanels) {
      (base, stride, step) = (transposed.base, panel, transposed.columns * panel)
    }
  }

  /// Rows of x are taken in blocks of about the same height, so many that they stay in the second cache while panel after panel of y is
  /// made of them.
  private static func multiply(
    _ x: Block, _ w: Right, _ bias: Block?, into y: Block, _ accumulate: Bool
  ) {
    let most = max(32, blockNumbers / max(1, x.columns))
    let blocks = max(1, (x.rows + most - 1) / most)
    let height = max(1, (x.rows + blocks - 1) / blocks)
    for first in stride(from: 0, to: x.rows, by: height) {
      let rows = first..<min(first + height, x.rows)
      run(x.rows(rows), w, bias, into: y.rows(rows), accumulate, isOuter: false)
    }
  }

  /// A quarter of a mebibyte.
  private static let blockNumbers = 1 << 16

  private static func run(
    _ x: Block, _ right: Right, _ bias: Block?, into y: Block, _ accumulate: Bool, isOuter: Bool
  ) {
    let inner = isOuter ? x.rows : x.columns
    var product = xsmm_product()
    (product.m, product.n, product.k) = (Int32(y.columns), Int32(y.rows), Int32(inner))
    (product.a, product.lda) = (UnsafePointer(right.base), Int32(right.stride))
    (product.b, product.ldb) = (UnsafePointer(x.base), Int32(x.stride))
    (product.c, product.ldc) = (y.base, Int32(y.stride))
    product.transposeB = isOuter ? 1 : 0
    product.accumulate = accumulate || bias != nil ? 1 : 0
    (product.panel, product.step) = (Int32(panel), Int32(right.step))
    product.depth = isOuter ? outerDepth : depth
    var plan = xsmm_plan()
    guard xsmm_prepare(&product, &plan) != 0 else {
      return plain(x, right, bias, into: y, accumulate, isOuter)
    }
    for first in stride(from: 0, to: y.columns, by: panel) {
      if let bias {
        // Panel by panel, so that the product finds it in the first cache.
        elbo_fill_rows(
          y.rows, min(panel, y.columns - first), y.stride, bias.base + first, y.base + first)
      }
      xsmm_run(&product, &plan, Int32(first / panel))
    }
  }

  /// Rows of the right side that a panel is made of at a time. More of them push each other out of the first cache; where x is read
  /// down its columns, a line of the cache for each row, so do fewer.
  private static let (depth, outerDepth): (Int32, Int32) = (256, 128)

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
  public static let panel = String(cString: elbo_simd()) == "x86-64-v4" ? 64 : 32

  /// For processors that libxsmm has no kernels for.
  private static func plain(
    _ x: Block, _ right: Right, _ bias: Block?, into y: Block, _ accumulate: Bool, _ isOuter: Bool
  ) {
    for row in 0..<y.rows {
      let target = y.row(row)
      if let bias {
        target.update(from: bias.base, count: y.columns)
      } else if !accumulate {
        target.update(repeating: 0, count: y.columns)
      }
      for k in 0..<(isOuter ? x.rows : x.columns) {
        let factor = isOuter ? x[k, row] : x[row, k]
        for column in 0..<y.columns {
          let (panel, place) = column.quotientAndRemainder(dividingBy: panel)
          target[column] += factor * right.base[panel * right.step + k * right.stride + place]
        }
      }
    }
  }
}
