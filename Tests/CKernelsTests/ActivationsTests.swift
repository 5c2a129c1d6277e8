import CKernels
import Glibc
import Testing

typealias Function =
  @convention(c) (Int, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?) -> Void
typealias Gradient =
  @convention(c) (
    Int, UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?
  ) -> Void

struct FunctionCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let kernel: Function
  let bound: Double
  let exact: @Sendable (Double) -> Double

  func callAsFunction(_ x: [Float]) -> [Float] {
    var y = [Float](repeating: -7, count: x.count)
    kernel(x.count, x, &y)
    return y
  }
}

struct GradientCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let kernel: Gradient
  let bound: Double
  let slope: @Sendable (Double) -> Double
}

/// The bounds are those in the header.
let functions: [FunctionCase] = [
  FunctionCase(testDescription: "exp", kernel: elbo_exp, bound: 1.0) { exp($0) },
  FunctionCase(testDescription: "log", kernel: elbo_log, bound: 0.9) { log($0) },
  FunctionCase(testDescription: "relu", kernel: elbo_relu, bound: 0) { $0 <= 0 ? 0 : $0 },
  FunctionCase(testDescription: "sigmoid", kernel: elbo_sigmoid, bound: 2.5) { sigmoid($0) },
  FunctionCase(testDescription: "softplus", kernel: elbo_softplus, bound: 2.3) { softplus($0) },
  FunctionCase(testDescription: "tanh", kernel: elbo_tanh, bound: 2.5) { tanh($0) },
]

let gradients: [GradientCase] = [
  GradientCase(testDescription: "relu", kernel: elbo_relu_backward, bound: 0) { $0 > 0 ? 1 : 0 },
  GradientCase(testDescription: "sigmoid", kernel: elbo_sigmoid_backward, bound: 2) {
    $0 * (1 - $0)
  },
  GradientCase(testDescription: "tanh", kernel: elbo_tanh_backward, bound: 2) { 1 - $0 * $0 },
]

@Suite struct ActivationsTests {
  @Test func dispatchSaysWhatItChose() {
    let known = ["x86-64-v4", "x86-64-v3", "x86-64", "aarch64", "portable"]
    #expect(known.contains(String(cString: elbo_simd())))
  }

  @Test(arguments: functions) func worstErrorIsWithinItsBound(_ function: FunctionCase) {
    let y = function(everyKindOfFloat)
    var worst = (error: 0.0, x: Float(0), y: Float(0))
    for (x, y) in zip(everyKindOfFloat, y) {
      let error = ulps(y, function.exact(Double(x)))
      if error > worst.error { worst = (error, x, y) }
    }
    #expect(worst.error <= function.bound, "f(\(worst.x)) = \(worst.y)")
  }

  @Test func specialValues() {
    let inf = Float.infinity
    let cases: [(name: String, kernel: Function, x: Float, y: Float)] = [
      ("exp", elbo_exp, 0, 1), ("exp", elbo_exp, -0.0, 1), ("exp", elbo_exp, -104, 0),
      ("exp", elbo_exp, 88.73, inf), ("exp", elbo_exp, inf, inf), ("exp", elbo_exp, -inf, 0),
      ("log", elbo_log, 1, 0), ("log", elbo_log, 0, -inf), ("log", elbo_log, -0.0, -inf),
      ("log", elbo_log, inf, inf), ("relu", elbo_relu, -0.0, 0), ("relu", elbo_relu, inf, inf),
      ("relu", elbo_relu, -inf, 0), ("sigmoid", elbo_sigmoid, 0, 0.5),
      ("sigmoid", elbo_sigmoid, inf, 1),
      ("sigmoid", elbo_sigmoid, -inf, 0), ("softplus", elbo_softplus, inf, inf),
      ("softplus", elbo_softplus, -inf, 0), ("tanh", elbo_tanh, 0, 0),
      ("tanh", elbo_tanh, -0.0, -0.0),
      ("tanh", elbo_tanh, inf, 1), ("tanh", elbo_tanh, -inf, -1), ("tanh", elbo_tanh, 10, 1),
    ]
    for (name, kernel, x, expected) in cases {
      var y = Float.nan
      withUnsafePointer(to: x) { kernel(1, $0, &y) }
      #expect(y.bitPattern == expected.bitPattern, "\(name)(\(x)) = \(y)")
    }
    for x in [-Float.leastNonzeroMagnitude, -1, -inf, .nan] {
      var y = Float(0)
      withUnsafePointer(to: x) { elbo_log(1, $0, &y) }
      #expect(y.isNaN, "log(\(x))")
    }
  }

  @Test func resultsStayWithinTheirRanges() {
    #expect(functions[3](everyKindOfFloat).allSatisfy { $0.isNaN || (0...1).contains($0) })
    #expect(functions[5](everyKindOfFloat).allSatisfy { $0.isNaN || (-1...1).contains($0) })
  }

  @Test(arguments: functions) func elementDoesNotDependOnItsPlace(_ function: FunctionCase) {
    var noise = Noise()
    let x = noise.array(67, scale: 12) + [0, -100, 0x1p-130, 200]
    let alone = x.map { function([$0])[0].bitPattern }
    for start in 0..<20 {
      for end in start...x.count where end - start < 40 || end == x.count {
        #expect(bits(function(Array(x[start..<end]))) == Array(alone[start..<end]))
      }
    }
  }

  @Test(arguments: functions) func outputMayBeTheInput(_ function: FunctionCase) {
    var noise = Noise(2)
    for count in [0, 1, 4, 15, 16, 17, 196] {
      var x = noise.array(count, scale: 5)
      let apart = function(x)
      x.withUnsafeMutableBufferPointer { function.kernel(count, $0.baseAddress, $0.baseAddress) }
      #expect(bits(x) == bits(apart))
    }
  }

  @Test(arguments: functions) func nothingBehindTheEndIsTouched(_ function: FunctionCase) {
    let x = [Float](repeating: 0.5, count: 64)
    for count in 0...33 {
      var y = [Float](repeating: -7, count: 64)
      function.kernel(count, x, &y)
      #expect(y[count...].allSatisfy { $0 == -7 })
    }
  }

  /// A read past the end would hit an unreadable page, and kill the test.
  @Test func nothingBehindTheEndIsRead() throws {
    let page = sysconf(Int32(_SC_PAGESIZE))
    let memory = try #require(
      mmap(nil, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
    defer { munmap(memory, 2 * page) }
    try #require(memory != MAP_FAILED && mprotect(memory + page, page, PROT_NONE) == 0)
    for count in 0...33 {
      let x = (memory + page - 4 * count).assumingMemoryBound(to: Float.self)
      for function in functions { function.kernel(count, x, x) }
      for gradient in gradients { gradient.kernel(count, x, x, x) }
      #expect(elbo_sum_of_squares(1, count, count, x).isFinite)
    }
  }

  @Test(arguments: gradients) func gradientFromTheOutput(_ gradient: GradientCase) {
    var noise = Noise(3)
    for count in [1, 5, 16, 196] {
      let y = noise.array(count).map { gradient.testDescription == "sigmoid" ? abs($0) : $0 }
      var dy = noise.array(count, scale: 3)
      var dx = [Float](repeating: 0, count: count)
      gradient.kernel(count, y, dy, &dx)
      for i in 0..<count {
        let exact = Double(dy[i]) * gradient.slope(Double(y[i]))
        // 1 - y^2 rounds relative to 1, not to the result.
        let rounding = abs(Double(dy[i])) * gradient.bound * 0x1p-24
        #expect(abs(Double(dx[i]) - exact) <= rounding, "y \(y[i]), dy \(dy[i])")
      }
      dy.withUnsafeMutableBufferPointer {
        gradient.kernel(count, y, $0.baseAddress, $0.baseAddress)
      }
      #expect(bits(dy) == bits(dx))
    }
  }
}
