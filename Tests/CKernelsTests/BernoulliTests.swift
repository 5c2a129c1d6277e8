import CKernels
import Glibc
import Testing

@Suite struct BernoulliTests {
  private func run(
    _ shape: BlockCase, samples: Int = 1, _ x: [Float], _ logits: [Float], scale: Float = 1
  ) -> (value: [Double], gradient: [Float]) {
    var value = [Double](repeating: .nan, count: shape.rows)
    var gradient = [Float](repeating: -7, count: shape.rows * shape.stride)
    elbo_bernoulli(
      shape.rows, shape.columns, samples, shape.columns, x, shape.stride, logits, scale, &value,
      &gradient)
    return (value, gradient)
  }

  /// Returns the values alone, which have a kernel of their own.
  private func values(
    _ shape: BlockCase, samples: Int = 1, _ x: [Float], _ logits: [Float]
  ) -> [Double] {
    var value = [Double](repeating: .nan, count: shape.rows)
    elbo_bernoulli(
      shape.rows, shape.columns, samples, shape.columns, x, shape.stride, logits, 1, &value, nil)
    return value
  }

  @Test(arguments: blockCases, [1, 2, 3]) func againstFloat64(_ shape: BlockCase, _ samples: Int) {
    var noise = Noise()
    let logits = noise.array(shape.rows * shape.stride, scale: 9)
    // Two thirds binary, one third grey.
    let x = noise.array(max(1, shape.rows * shape.columns)).enumerated().map { i, u in
      i % 3 == 0 ? abs(u) : u < 0.5 ? Float(0) : 1
    }
    let (value, gradient) = run(shape, samples: samples, x, logits, scale: 0.25)
    let alone = values(shape, samples: samples, x, logits)
    for r in 0..<shape.rows {
      var exact = 0.0
      for c in 0..<shape.stride {
        let got = gradient[r * shape.stride + c]
        guard c < shape.columns else {
          #expect(got == -7)
          continue
        }
        let l = Double(logits[r * shape.stride + c])
        let t = Double(x[r / samples * shape.columns + c])
        exact += t * l - softplus(l)
        let slope = 0.25 * (t - sigmoid(l))
        #expect(abs(Double(got) - slope) <= 0.25 * 0x1p-23, "x \(t), logit \(l)")
      }
      #expect(abs(value[r] - exact) <= abs(exact) * 1e-6)
      #expect(abs(alone[r] - exact) <= abs(exact) * 1e-6)
    }
  }

  @Test func extremeLogits() {
    let inf = Float.infinity
    let cases: [(logit: Float, x: Float, value: Double, gradient: Float)] = [
      (1e4, 1, 0, 0), (1e4, 0, -1e4, -1), (-1e4, 0, 0, 0), (-1e4, 1, -1e4, 1),
      (1e30, 1, 0, 0), (-1e30, 0, 0, 0), (inf, 1, 0, 0), (-inf, 0, 0, 0),
      (inf, 0, -.infinity, -1), (-inf, 1, -.infinity, 1), (0, 1, -log(2), 0.5),
      (-0.0, 0, -log(2), -0.5),
    ]
    for (logit, x, value, gradient) in cases {
      let one = BlockCase(rows: 1, columns: 1, stride: 1)
      let got = run(one, [x], [logit])
      let tolerance = value.isFinite ? abs(value) * 1e-7 + 1e-37 : 0
      for got in got.value + values(one, [x], [logit]) {
        #expect(
          got == value || abs(got - value) <= tolerance, "logit \(logit), x \(x): \(got)")
      }
      #expect(
        abs(got.gradient[0] - gradient) <= 1e-37, "logit \(logit), x \(x): \(got.gradient[0])")
    }
  }

  /// Terms that are below the rounding of 1 count in their sum.
  @Test func smallTermsAddUp() {
    let columns = 4096
    let shape = BlockCase(rows: 1, columns: columns, stride: columns)
    let (x, logits) = (
      [Float](repeating: 1, count: columns), [Float](repeating: 18, count: columns)
    )
    let exact = -log1p(exp(-18.0)) * Double(columns)
    for got in run(shape, x, logits).value + values(shape, x, logits) {
      #expect(abs(got / exact - 1) < 2e-6)
    }
  }

  /// If the logit is right, log density and gradient are tiny, and keep their digits.
  @Test func rightLogitsKeepTheirDigits() {
    for logit in stride(from: Float(1), to: 80, by: 0.37) {
      for side in [Float(1), -1] {
        let one = BlockCase(rows: 1, columns: 1, stride: 1)
        let got = run(one, [side > 0 ? 1 : 0], [side * logit])
        let value = -log1p(exp(-Double(logit)))
        #expect(ulps(Float(got.value[0]), value) <= 3)
        // Its exponential is as exact as the sum with 1 needs.
        let alone = values(one, [side > 0 ? 1 : 0], [side * logit])[0]
        #expect(abs(alone - value) <= -value * (2 + Double(logit)) * 0x1p-24)
        #expect(ulps(got.gradient[0], Double(side) * sigmoid(-Double(logit))) <= 3)
      }
    }
  }

  /// The product of 5003 factors of 2 exceeds any float.
  @Test func longRowsStayFinite() {
    let columns = 5003
    let shape = BlockCase(rows: 1, columns: columns, stride: columns)
    let (x, logits) = (
      [Float](repeating: 1, count: columns), [Float](repeating: 0, count: columns)
    )
    for got in run(shape, x, logits).value + values(shape, x, logits) {
      #expect(abs(got / (-log(2) * Double(columns)) - 1) < 1e-6)
    }
  }

  @Test func nanStaysVisible() {
    let shape = BlockCase(rows: 3, columns: 20, stride: 20)
    for place in [0, 15, 16, 19] {
      var logits = [Float](repeating: 0, count: 60)
      logits[20 + place] = .nan
      let got = run(shape, [Float](repeating: 1, count: 60), logits)
      #expect(got.value.map(\.isNaN) == [false, true, false])
      let alone = values(shape, [Float](repeating: 1, count: 60), logits)
      #expect(alone.map(\.isNaN) == [false, true, false])
      #expect(got.gradient.map(\.isNaN) == (0..<60).map { $0 == 20 + place })
    }
  }

  @Test func rowsDoNotDependOnEachOther() {
    var noise = Noise(4)
    let shape = BlockCase(rows: 9, columns: 196, stride: 200)
    let logits = noise.array(9 * 200, scale: 6)
    let x = noise.array(9 * 196).map { $0 < 0 ? Float(0) : 1 }
    let whole = run(shape, x, logits)
    for r in 0..<9 {
      let alone = run(
        BlockCase(rows: 1, columns: 196, stride: 200), Array(x[r * 196..<(r + 1) * 196]),
        Array(logits[r * 200..<(r + 1) * 200]))
      #expect(alone.value[0] == whole.value[r])
      let row = BlockCase(rows: 1, columns: 196, stride: 200)
      let own = values(
        row, Array(x[r * 196..<(r + 1) * 196]), Array(logits[r * 200..<(r + 1) * 200]))
      #expect(own[0] == values(shape, x, logits)[r])
      #expect(bits(alone.gradient) == bits(Array(whole.gradient[r * 200..<(r + 1) * 200])))
    }
  }

  @Test func gradientMayBeTheLogits() {
    var noise = Noise(5)
    var logits = noise.array(5 * 36, scale: 6)
    let x = noise.array(5 * 33).map { $0 < 0 ? Float(0) : 1 }
    let shape = BlockCase(rows: 5, columns: 33, stride: 36)
    let apart = run(shape, x, logits, scale: 0.5)
    var value = [Double](repeating: 0, count: 5)
    let before = logits
    logits.withUnsafeMutableBufferPointer {
      elbo_bernoulli(5, 33, 1, 33, x, 36, $0.baseAddress, 0.5, &value, $0.baseAddress)
    }
    #expect(value == apart.value)
    for i in logits.indices {
      #expect(logits[i] == (i % 36 < 33 ? apart.gradient[i] : before[i]))
    }
  }
}
