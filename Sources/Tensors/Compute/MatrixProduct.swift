import CKernels
import CXSMM

/// Products of blocks, single-threaded: the shards run in parallel.
///
/// libxsmm compiles a kernel for each shape when it first occurs. On the shapes of small models it
/// was faster than OpenBLAS, BLIS and oneDNN. It is column-major: row-major y = x w is column-major
/// y^T = w^T x^T.
public enum MatrixProduct {
  /// y = x w, or y += x w. x (n, k), w (k, m), y (n, m).
  public static func multiply(_ x: Block, _ w: Block, into y: Block, accumulate: Bool = false) {
    multiply(x, .rows(w), nil, into: y, accumulate)
  }

  /// y = x w + bias. x (n, k), w (k, m), bias (m), y (n, m).
  public static func multiply(_ x: Block, _ w: Block, adding bias: Block, into y: Block) {
    multiply(x, .rows(w), bias, into: y, false)
  }

  /// y = x w^T, or y += x w^T: the gradient in the input. x (n, m), w (k, m), y (n, k).
  ///
  /// No kernel takes a transposed right side. A panel of w^T at a time is made in `scratch`, which
  /// has room for `scratch(columns: m)` numbers, and stays in the second-level cache while it is
  /// used. It is made again for each block of rows.
  public static func multiply(
    _ x: Block, transposed w: Block, scratch: Block, into y: Block, accumulate: Bool = false
  ) {
    precondition(
      Self.scratch(columns: w.columns) <= scratch.columns, "the scratch has no room for a panel")
    multiply(x, .transposed(w, scratch), nil, into: y, accumulate)
  }

  /// Returns the size of the scratch that a product with a transpose of `columns` columns needs.
  public static func scratch(columns: Int) -> Int { panel * columns }

  /// w = x^T y, or w += x^T y: the gradient in the weights. x (n, k), y (n, m), w (k, m).
  public static func multiplyOuter(
    _ x: Block, _ y: Block, into w: Block, accumulate: Bool = false
  ) {
    run(x, .rows(y), nil, into: w, accumulate, isOuter: true)
  }

  /// The right side of a product, which is read in panels of columns.
  private enum Right {
    case rows(Block)
    case transposed(Block, _ scratch: Block)

    var stride: Int {
      switch self {
      case .rows(let block): block.stride
      case .transposed: MatrixProduct.panel
      }
    }

    func panel(_ columns: Range<Int>) -> Block {
      switch self {
      case .rows(let block): return block.columns(columns)
      case .transposed(let block, let scratch):
        let panel = Block(
          scratch.base, rows: block.columns, columns: columns.count, stride: stride)
        block.rows(columns).transpose(into: panel)
        return panel
      }
    }
  }

  /// Takes the rows of x in blocks of about equal height, which stay in the second-level cache
  /// while the panels of y are computed from them.
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
    let accumulate = accumulate || bias != nil
    var product = xsmm_product()
    (product.m, product.n) = (Int32(y.columns), Int32(y.rows))
    product.k = Int32(isOuter ? x.rows : x.columns)
    product.lda = Int32(right.stride)
    (product.b, product.ldb) = (UnsafePointer(x.base), Int32(x.stride))
    product.ldc = Int32(y.stride)
    product.transposeB = isOuter ? 1 : 0
    product.accumulate = accumulate ? 1 : 0
    product.panel = Int32(panel)
    product.depth = isOuter ? outerDepth : depth
    var plan = xsmm_plan()
    let hasKernels = xsmm_prepare(&product, &plan) != 0
    for first in stride(from: 0, to: y.columns, by: panel) {
      let columns = first..<min(first + panel, y.columns)
      let (part, target) = (right.panel(columns), y.columns(columns))
      if let bias {
        // Panel by panel, so that the product finds it in the first-level cache.
        elbo_fill_rows(
          target.rows, target.columns, target.stride, bias.base + first, target.base)
      }
      if hasKernels {
        xsmm_run(&product, &plan, Int32(columns.count), part.base, target.base)
      } else {
        plain(x, part, into: target, accumulate, isOuter)
      }
    }
  }

  /// The rows of the right side in a panel. With more rows they evict each other from the
  /// first-level cache; if x is read down its columns, with one cache line for each row, fewer rows
  /// do so already.
  private static let (depth, outerDepth): (Int32, Int32) = (256, 128)

  /// The columns of a product that are computed at a time: four vectors, for which libxsmm's
  /// kernels reach 90% of the peak. Kernels for all columns at once are divided into two vectors if
  /// the number is not a multiple of four, and reach 65% with AVX2.
  public static let panel = {
    // Every product asks for its panel before it makes a kernel.
    xsmm_begin()
    return String(cString: elbo_simd()) == "x86-64-v4" ? 64 : 32
  }()

  /// Used on processors for which libxsmm has no kernels.
  private static func plain(
    _ x: Block, _ w: Block, into y: Block, _ accumulate: Bool, _ isOuter: Bool
  ) {
    for row in 0..<y.rows {
      if !accumulate { y.row(row).update(repeating: 0, count: y.columns) }
      for k in 0..<w.rows {
        let factor = isOuter ? x[k, row] : x[row, k]
        for column in 0..<y.columns { y[row, column] += factor * w[k, column] }
      }
    }
  }
}
