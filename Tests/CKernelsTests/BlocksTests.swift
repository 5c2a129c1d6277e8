import CKernels
import Testing

struct BlockCase: Sendable, CustomTestStringConvertible {
  let rows: Int
  let columns: Int
  let stride: Int
  var testDescription: String { "\(rows) x \(columns), stride \(stride)" }
}

let blockCases = [
  BlockCase(rows: 0, columns: 5, stride: 5),
  BlockCase(rows: 1, columns: 1, stride: 1),
  BlockCase(rows: 3, columns: 8, stride: 8),
  BlockCase(rows: 5, columns: 16, stride: 20),
  BlockCase(rows: 7, columns: 20, stride: 32),
  BlockCase(rows: 11, columns: 196, stride: 196),
  BlockCase(rows: 11, columns: 196, stride: 208),
  BlockCase(rows: 70, columns: 45, stride: 48),
]

@Suite struct BlocksTests {
  /// Returns every entry of a block, columns beyond `columns` included, as a function of row and
  /// column.
  private func block(_ shape: BlockCase, _ value: (Int, Int) -> Float) -> [Float] {
    (0..<shape.rows * shape.stride).map { value($0 / shape.stride, $0 % shape.stride) }
  }

  @Test(arguments: blockCases) func fillRows(_ shape: BlockCase) {
    var noise = Noise()
    let row = noise.array(shape.columns)
    var y = [Float](repeating: -7, count: shape.rows * shape.stride)
    elbo_fill_rows(shape.rows, shape.columns, shape.stride, row, &y)
    #expect(y == block(shape) { $1 < shape.columns ? row[$1] : -7 })
  }

  @Test(arguments: blockCases) func sumRows(_ shape: BlockCase) {
    var noise = Noise(2)
    let x = noise.array(shape.rows * shape.stride)
    let before = noise.array(shape.columns)
    var exact = [Float](repeating: 0, count: shape.columns)
    var added = before
    for r in 0..<shape.rows {
      for c in 0..<shape.columns {
        exact[c] += x[r * shape.stride + c]
        added[c] += x[r * shape.stride + c]
      }
    }
    var sum = before
    elbo_sum_rows(shape.rows, shape.columns, shape.stride, x, 0, &sum)
    #expect(sum == exact)
    sum = before
    elbo_sum_rows(shape.rows, shape.columns, shape.stride, x, 1, &sum)
    #expect(sum == added)
  }

  /// Also without gaps between rows: a block of one column is then one long vector.
  @Test(arguments: blockCases, [false, true]) func sumRowsWide(_ shape: BlockCase, isPacked: Bool) {
    var noise = Noise(2)
    let stride = isPacked ? shape.columns : shape.stride
    let x = noise.array(shape.rows * stride)
    let before = noise.array(shape.columns).map(Double.init)
    let sums = (0..<shape.columns).map { c in
      (0..<shape.rows).reduce(0.0) { $0 + Double(x[$1 * stride + c]) }
    }
    for accumulates in [false, true] {
      var got = before
      elbo_sum_rows_wide(shape.rows, shape.columns, stride, x, accumulates ? 1 : 0, &got)
      for c in 0..<shape.columns {
        let expected = sums[c] + (accumulates ? before[c] : 0)
        #expect((got[c] - expected).magnitude < 1e-12 * max(1, expected.magnitude))
      }
    }
  }

  @Test(arguments: blockCases) func scaleRows(_ shape: BlockCase) {
    var noise = Noise(3)
    let x = noise.array(shape.rows * shape.stride)
    let factor = noise.array(shape.rows)
    var y = x
    elbo_scale_rows(shape.rows, shape.columns, shape.stride, factor, &y)
    #expect(
      y
        == block(shape) { r, c in
          let value = x[r * shape.stride + c]
          return c < shape.columns ? value * factor[r] : value
        })
  }

  @Test(arguments: blockCases) func gatherBytes(_ shape: BlockCase) {
    let x = (0..<20 * shape.columns).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) }
    let row = (0..<shape.rows).map { UInt32(($0 * 7 + 19) % 20) }
    var y = [Float](repeating: -7, count: shape.rows * shape.stride)
    elbo_gather_bytes(shape.rows, shape.columns, x, row, shape.stride, &y)
    #expect(
      y
        == block(shape) { r, c in
          c < shape.columns ? Float(x[Int(row[r]) * shape.columns + c]) : -7
        })
  }

  @Test(arguments: blockCases) func transpose(_ shape: BlockCase) {
    let x = block(shape) { r, c in c < shape.columns ? Float(r * 1000 + c) : -7 }
    let stride = shape.rows + 3
    var y = [Float](repeating: -7, count: shape.columns * stride)
    elbo_transpose(shape.rows, shape.columns, shape.stride, x, stride, &y)
    for c in 0..<shape.columns {
      for r in 0..<stride {
        #expect(y[c * stride + r] == (r < shape.rows ? x[r * shape.stride + c] : -7))
      }
    }
  }
}
