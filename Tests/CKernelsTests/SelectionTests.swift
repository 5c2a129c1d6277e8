import CKernels
import Testing

/// Products with zeros and ones, compared with plain sums.
@Suite struct SelectionTests {
  private struct Case {
    let rows: Int
    let columns: Int
    let x: [Float]

    init(rows: Int, columns: Int, share: Float) {
      (self.rows, self.columns) = (rows, columns)
      var noise = Noise(7)
      x = (0..<rows * columns).map { _ in noise.next() < 2 * share - 1 ? 1 : 0 }
    }

    /// `index` with one entry more than necessary.
    var lists: (offset: [UInt32], index: [UInt32], count: Int) {
      var offset = [UInt32](repeating: 9999, count: rows + 1)
      var index = [UInt32](repeating: 9999, count: rows * columns + 5)
      let count = elbo_find_ones(rows, columns, columns, x, &offset, &index)
      return (offset, index, count)
    }
  }

  @Test(
    arguments: [(1, 1), (3, 16), (5, 17), (4, 63), (3, 64), (7, 196), (2, 784)],
    [Float(0), 0.13, 1])
  func listsTheOnesByRowsAndByColumns(size: (Int, Int), share: Float) {
    let (rows, columns) = size
    let it = Case(rows: rows, columns: columns, share: share)
    let (offset, index, count) = it.lists
    let ones = it.x.indices.filter { it.x[$0] == 1 }
    #expect(count == ones.count && offset[rows] == UInt32(count) && index.last == 9999)
    #expect(index.prefix(count).map(Int.init) == ones.map { $0 % columns })
    var columnOffset = [UInt32](repeating: 99, count: columns + 2)
    var rowIndex = [UInt32](repeating: 99, count: rows * columns + 1)
    elbo_transpose_ones(rows, columns, offset, index, &columnOffset, &rowIndex)
    for column in 0..<columns {
      let found = rowIndex[Int(columnOffset[column])..<Int(columnOffset[column + 1])].map(Int.init)
      #expect(found == (0..<rows).filter { it.x[$0 * columns + column] == 1 })
    }
  }

  @Test(arguments: [1, 16, 100, 128, 200, 500], [false, true])
  func sumsTheChosenRows(width: Int, accumulates: Bool) {
    let it = Case(rows: 5, columns: 40, share: 0.2)
    let (offset, index, _) = it.lists
    var noise = Noise(3)
    let m = noise.array(40 * width)
    let initial = noise.array(width)
    // One column more than is written, which must not change.
    let before = noise.array(5 * (width + 1))
    var y = before
    elbo_sum_selected(
      5, offset, index, width, width, m, accumulates ? nil : initial, accumulates ? 1 : 0,
      width + 1, &y)
    for row in 0..<5 {
      for column in 0..<width {
        var sum = Double(accumulates ? before[row * (width + 1) + column] : initial[column])
        for k in 0..<40 where it.x[row * 40 + k] == 1 { sum += Double(m[k * width + column]) }
        #expect(abs(Double(y[row * (width + 1) + column]) - sum) < 1e-5)
      }
      #expect(y[row * (width + 1) + width] == before[row * (width + 1) + width])
    }
  }
}
