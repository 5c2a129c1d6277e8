/// w^T as products take it, which have no kernel for a transposed right side: panels of columns, each in one piece.
///
/// A product reads panel after panel from end to end, which the processor fetches ahead; in a matrix of rows it would jump from row to
/// row, and have a page of memory for each.
public struct TransposedPanels {
  let base: UnsafeMutablePointer<Float>
  /// Of w.
  let rows: Int
  let columns: Int

  /// In the first `count` numbers of a row.
  public init(_ memory: Block, rows: Int, columns: Int) {
    (base, self.rows, self.columns) = (memory.base, rows, columns)
  }

  /// The numbers that w^T takes; w (rows, columns).
  public static func count(rows: Int, columns: Int) -> Int {
    (rows + MatrixProduct.panel - 1) / MatrixProduct.panel * MatrixProduct.panel * columns
  }

  public func take(_ w: Block) {
    for first in stride(from: 0, to: rows, by: MatrixProduct.panel) {
      let part = first..<min(first + MatrixProduct.panel, rows)
      let panel = Block(
        base + first * columns, rows: columns, columns: part.count, stride: MatrixProduct.panel)
      MatrixProduct.transpose(w.rows(part), into: panel)
    }
  }
}
