import Glibc
import JSON
import Tensors

/// The directions in which rows vary most: eigenvectors of their covariance, in float64.
///
/// Rows x (n, d); covariance C = sum (x - mean) (x - mean)^T / (n - 1); C v_i = variance_i v_i,
/// variances descending. The eigenvectors come from Jacobi's rotations (Golub and Van Loan, "Matrix
/// Computations", section 8.5), which stay accurate when two variances are close. The sign of each
/// makes its largest entry positive, so that a picture is the same every time.
package struct PrincipalComponents: Sendable {
  package let mean: [Double]
  /// In descending order.
  package let variances: [Double]
  /// Unit vectors, one for each variance.
  package let directions: [[Double]]

  /// The maximum number of columns, since the work grows with their cube.
  package static let mostColumns = 512

  /// Computes the components of `rows`, shape (n, d). Throws what `checkpoint` throws.
  package init(
    _ rows: Tensor, checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    let (count, width) = (rows.rows, rows.width)
    var mean = [Double](repeating: 0, count: width)
    for (place, value) in rows.values.enumerated() { mean[place % width] += Double(value) }
    mean = mean.map { $0 / Double(max(1, count)) }
    var covariance = [Double](repeating: 0, count: width * width)
    for row in 0..<count {
      try checkpoint()
      let centred = (0..<width).map { Double(rows.values[row * width + $0]) - mean[$0] }
      for i in 0..<width {
        for j in 0..<width { covariance[i * width + j] += centred[i] * centred[j] }
      }
    }
    let degrees = Double(max(1, count - 1))
    try self.init(
      covariance: covariance.map { $0 / degrees }, mean: mean, checkpoint: checkpoint)
  }

  /// Computes the components of a symmetric matrix, row-major.
  init(
    covariance: [Double], mean: [Double],
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    self.mean = mean
    let width = mean.count
    let (values, vectors) = try Self.eigen(covariance, width, checkpoint)
    let order = values.indices.sorted {
      values[$0] == values[$1] ? $0 < $1 : values[$0] > values[$1]
    }
    variances = order.map { values[$0] }
    directions = order.map { column in
      let vector = (0..<width).map { vectors[$0 * width + column] }
      let largest = vector.max { $0.magnitude < $1.magnitude } ?? 0
      return largest < 0 ? vector.map { -$0 } : vector
    }
  }

  /// Returns the coordinate of each row along component `index`.
  package func scores(of rows: Tensor, along index: Int) -> [Double] {
    let width = rows.width
    return (0..<rows.rows).map { row in
      (0..<width).reduce(0) {
        $0 + (Double(rows.values[row * width + $1]) - mean[$1]) * directions[index][$1]
      }
    }
  }

  /// Returns eigenvalues, and eigenvectors as columns: rotations set each off-diagonal entry to
  /// zero in turn, until all are zero.
  private static func eigen(
    _ matrix: [Double], _ n: Int, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> (values: [Double], vectors: [Double]) {
    var (a, v) = (matrix, [Double](repeating: 0, count: n * n))
    for i in 0..<n { v[i * n + i] = 1 }
    let size = matrix.reduce(0) { $0 + $1 * $1 }
    for _ in 0..<64 {
      var rest = 0.0
      for p in 0..<n { for q in 0..<p { rest += a[p * n + q] * a[p * n + q] } }
      if rest <= size * 1e-30 { break }
      for p in 0..<n {
        try checkpoint()
        for q in p + 1..<max(n, p + 1) { rotate(&a, &v, n, p, q) }
      }
    }
    return ((0..<n).map { a[$0 * n + $0] }, v)
  }

  private static func rotate(_ a: inout [Double], _ v: inout [Double], _ n: Int, _ p: Int, _ q: Int)
  {
    let entry = a[p * n + q]
    guard entry != 0 else { return }
    let ratio = (a[q * n + q] - a[p * n + p]) / (2 * entry)
    let tangent = (ratio < 0 ? -1 : 1) / (ratio.magnitude + (1 + ratio * ratio).squareRoot())
    let cosine = 1 / (1 + tangent * tangent).squareRoot()
    let sine = tangent * cosine
    func turn(_ x: inout [Double], _ first: Int, _ second: Int) {
      let (one, other) = (x[first], x[second])
      x[first] = cosine * one - sine * other
      x[second] = sine * one + cosine * other
    }
    for k in 0..<n { turn(&a, k * n + p, k * n + q) }
    for k in 0..<n { turn(&a, p * n + k, q * n + k) }
    for k in 0..<n { turn(&v, k * n + p, k * n + q) }
  }
}
