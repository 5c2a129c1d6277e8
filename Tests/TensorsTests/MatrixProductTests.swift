import Tensors
import Testing

/// Products of blocks compared with plain sums in float64: shapes with and without whole panels,
/// with more rows, and more terms of each sum, than are taken at a time.
@Suite struct MatrixProductTests {
  /// Numbers that float32 rounds, laid out as in an arena.
  private static func block(_ arena: Arena, _ place: Arena.Place, seed: Int) -> Block {
    let block = arena.block(place)
    for row in 0..<block.rows {
      for column in 0..<block.columns {
        block[row, column] = Float((row * 31 + column * 17 + seed * 7) % 101) / 37 - 1.3
      }
    }
    return block
  }

  private static func expectClose(
    _ y: Block, _ inner: Int, start: Double, _ term: (Int, Int, Int) -> Double
  ) {
    var worst = 0.0
    for row in 0..<y.rows {
      for column in 0..<y.columns {
        var (sum, size) = (start, 1.0)
        for k in 0..<inner {
          sum += term(row, column, k)
          size += abs(term(row, column, k))
        }
        let gap = abs(Double(y[row, column]) - sum) / size
        worst = max(worst, gap.isNaN ? .infinity : gap)
      }
    }
    #expect(worst <= 1e-5)
  }

  @Test(
    arguments: [
      (1, 1, 1), (3, 8, 5), (7, 20, 33), (10, 128, 64), (50, 17, 100), (1700, 40, 36),
      (140, 300, 70),
      (9, 1000, 40), (12, 40, 1000),
    ],
    [false, true])
  func allThreeAreTheSums(shape: (n: Int, k: Int, m: Int), accumulates: Bool) throws {
    let (n, k, m) = shape
    var layout = Arena.Layout(margin: 16)
    let places = [
      layout.block(rows: n, columns: k), layout.block(rows: k, columns: m),
      layout.block(rows: n, columns: m), layout.block(rows: n, columns: k),
      layout.block(rows: k, columns: m),
      layout.block(rows: 1, columns: MatrixProduct.scratch(columns: m)),
    ]
    let arena = try Arena(layout)
    arena.poison()
    let x = Self.block(arena, places[0], seed: 1)
    let w = Self.block(arena, places[1], seed: 2)
    let dy = Self.block(arena, places[2], seed: 3)
    let start = accumulates ? 0.5 : 0
    let outputs = [2, 3, 4].map { arena.block(places[$0]) }
    let (dx, dw) = (outputs[1], outputs[2])
    for block in [dx, dw] where accumulates {
      for row in 0..<block.rows { for column in 0..<block.columns { block[row, column] = 0.5 } }
    }
    MatrixProduct.multiply(
      dy, transposed: w, scratch: arena.block(places[5]), into: dx, accumulate: accumulates)
    MatrixProduct.multiplyOuter(x, dy, into: dw, accumulate: accumulates)
    Self.expectClose(dx, m, start: start) { Double(dy[$0, $2]) * Double(w[$1, $2]) }
    Self.expectClose(dw, n, start: start) { Double(x[$2, $0]) * Double(dy[$2, $1]) }
    let y = dy
    for row in 0..<n { for column in 0..<m { y[row, column] = 0.5 } }
    MatrixProduct.multiply(x, w, into: y, accumulate: accumulates)
    Self.expectClose(y, k, start: start) { Double(x[$0, $2]) * Double(w[$2, $1]) }
    let bias = Block(w.base, rows: 1, columns: m)
    MatrixProduct.multiply(x, w, adding: bias, into: y)
    for row in 0..<n { for column in 0..<m { y[row, column] -= bias[0, column] } }
    Self.expectClose(y, k, start: 0) { Double(x[$0, $2]) * Double(w[$2, $1]) }
    #expect(arena.marginsHold)
  }

  /// Rows that are a power of two of lines apart would share a few sets of the cache.
  @Test func rowsAreAnOddNumberOfLinesApart() {
    for columns in 1...4096 {
      let stride = Block.stride(for: columns)
      #expect(stride >= columns && stride % 16 == 0 && stride <= columns + 31)
      #expect(stride < 128 || stride / 16 % 2 == 1)
    }
  }
}
