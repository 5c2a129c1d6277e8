import CKernels
import Glibc
import Testing

@Suite struct PhiloxTests {
  private typealias Draw =
    @convention(c) (
      UnsafePointer<elbo_draws>?, Int, Int, UnsafeMutablePointer<Float>?
    ) -> Void

  private func draw(
    _ kernel: Draw, rows: [UInt32], samples: UInt32 = 1, firstSample: UInt32 = 0, columns: Int,
    stride: Int? = nil, update: UInt32 = 3, key: (UInt32, UInt32) = (1, 2), firstBlock: UInt32 = 0
  ) -> [Float] {
    let stride = stride ?? columns
    var out = [Float](repeating: -7, count: rows.count * Int(samples) * stride)
    rows.withUnsafeBufferPointer { row in
      var draws = elbo_draws(
        key: key, update: update, firstSample: firstSample, samples: samples, rows: row.count,
        row: row.baseAddress, firstBlock: firstBlock)
      kernel(&draws, columns, stride, &out)
    }
    return out
  }

  private func philox(_ counter: [UInt32], _ key: [UInt32]) -> [UInt32] {
    var out = [UInt32](repeating: 0, count: 4)
    elbo_philox(counter, key, &out)
    return out
  }

  /// Known answers of the authors' own library, Random123.
  @Test(
    arguments: [
      (
        [0, 0, 0, 0], [0, 0],
        [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
      ),
      (
        [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [0xffff_ffff, 0xffff_ffff],
        [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
      ),
      (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
      ),
    ] as [([UInt32], [UInt32], [UInt32])])
  func knownAnswers(_ counter: [UInt32], _ key: [UInt32], _ expected: [UInt32]) {
    #expect(philox(counter, key) == expected)
  }

  /// Consecutive parts of a row equal the whole row.
  @Test func partsAreTheWhole() {
    for kernel in [elbo_uniform, elbo_normal] as [Draw] {
      let whole = draw(kernel, rows: [7], columns: 1003)
      let parts = [(0, 4), (4, 128), (132, 868), (1000, 3)].flatMap { start, count in
        draw(kernel, rows: [7], columns: count, firstBlock: UInt32(start / 4))
      }
      #expect(parts == whole)
    }
  }

  /// Each number against its definition: counter, word, formula.
  @Test(arguments: [1, 2, 3, 4, 5, 8, 50, 196], [UInt32(1), 2, 5, 40])
  func drawsFollowTheirDefinition(_ columns: Int, _ samples: UInt32) {
    let rows: [UInt32] = [9, 0, 0xffff_ffff, 5, 9]
    let stride = columns + 3
    let (first, update, key) = (UInt32(0xffff_fffe), UInt32(77), (UInt32(11), UInt32(12)))
    let uniform = draw(
      elbo_uniform, rows: rows, samples: samples, firstSample: first, columns: columns,
      stride: stride, update: update, key: key)
    let normal = draw(
      elbo_normal, rows: rows, samples: samples, firstSample: first, columns: columns,
      stride: stride, update: update, key: key)
    for r in rows.indices {
      for s in 0..<Int(samples) {
        let at = (r * Int(samples) + s) * stride
        for c in 0..<columns {
          let words = philox(
            [UInt32(c / 4), rows[r], update, first &+ UInt32(s)], [key.0, key.1])
          let word = words[c % 4]
          #expect(uniform[at + c] == Float(word >> 9) * 0x1p-23 + 0x1p-24)
          let u = Double(Float(words[c % 4 & 2]) + 0.5) * 0x1p-32
          let angle = 2 * Double.pi * Double(words[c % 4 | 1] >> 8) * 0x1p-24
          let exact = (-2 * log(u)).squareRoot() * (c % 2 == 0 ? cos(angle) : sin(angle))
          #expect(abs(Double(normal[at + c]) - exact) <= 1e-6)
        }
        for c in columns..<stride { #expect(uniform[at + c] == -7 && normal[at + c] == -7) }
      }
    }
  }

  @Test func aDrawDependsOnItsCounterOnly() {
    let rows: [UInt32] = (0..<23).map { $0 * 7 % 23 }
    let kernels: [Draw] = [elbo_uniform, elbo_normal]
    for kernel in kernels {
      let batch = draw(kernel, rows: rows, samples: 3, columns: 10)
      let wider = draw(kernel, rows: rows, samples: 3, columns: 37)
      let more = draw(kernel, rows: rows, samples: 5, columns: 10)
      for r in rows.indices {
        for s in 0..<3 {
          let alone = draw(kernel, rows: [rows[r]], firstSample: UInt32(s), columns: 10)
          let (inBatch, inMore) = (r * 3 + s, r * 5 + s)
          #expect(alone == Array(batch[(inBatch * 10)...].prefix(10)))
          #expect(alone == Array(wider[(inBatch * 37)...].prefix(10)))
          #expect(alone == Array(more[(inMore * 10)...].prefix(10)))
        }
      }
      let same = draw(kernel, rows: rows, columns: 10)
      #expect(draw(kernel, rows: rows, columns: 10) == same)
      #expect(draw(kernel, rows: rows, columns: 10, update: 4) != same)
      #expect(draw(kernel, rows: rows, columns: 10, key: (2, 2)) != same)
      #expect(draw(kernel, rows: rows, columns: 10, key: (1, 3)) != same)
    }
  }

  @Test func nothingToDraw() {
    #expect(draw(elbo_normal, rows: [], columns: 4).isEmpty)
    #expect(draw(elbo_normal, rows: [1], samples: 0, columns: 4).isEmpty)
    #expect(draw(elbo_normal, rows: [1], columns: 0, stride: 2) == [-7, -7])
  }

  @Test func uniformMoments() {
    let x = draw(elbo_uniform, rows: Array(0..<5000), columns: 200)
    #expect(x.allSatisfy { 0 < $0 && $0 < 1 })
    let n = Double(x.count)
    let mean = x.reduce(0.0) { $0 + Double($1) } / n
    let variance = x.reduce(0.0) { $0 + (Double($1) - 0.5) * (Double($1) - 0.5) } / n
    #expect(abs(mean - 0.5) <= 5 * (1 / 12 / n).squareRoot())
    #expect(abs(variance - 1.0 / 12) <= 5 * (1 / 180 / n).squareRoot())
  }

  @Test func normalMoments() {
    let x = draw(elbo_normal, rows: Array(0..<5000), columns: 200).map(Double.init)
    let n = Double(x.count)
    let moments = (1...4).map { k in x.reduce(0.0) { $0 + pow($1, Double(k)) } / n }
    // The expected variances of z, z^2, z^3 and z^4 are 1, 2, 15 and 96.
    #expect(abs(moments[0]) <= 5 * (1 / n).squareRoot())
    #expect(abs(moments[1] - 1) <= 5 * (2 / n).squareRoot())
    #expect(abs(moments[2]) <= 5 * (15 / n).squareRoot())
    #expect(abs(moments[3] - 3) <= 5 * (96 / n).squareRoot())
    // Lags within a pair, within a block, between blocks, and between rows.
    for lag in [1, 2, 3, 4, 200] {
      let pairs = zip(x, x.dropFirst(lag))
      let correlation = pairs.reduce(0.0) { $0 + $1.0 * $1.1 } / (n - Double(lag))
      #expect(abs(correlation) <= 5 / n.squareRoot(), "lag \(lag)")
    }
    #expect(x.allSatisfy { abs($0) < 6.8 })
  }
}
