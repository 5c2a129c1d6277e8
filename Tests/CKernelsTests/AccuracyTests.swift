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
  /// In units in the last place, if the header gives a bound in these.
  var bound = 0.0
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
  let slope: @Sendable (Double) -> Double
}

let functions: [FunctionCase] = [
  FunctionCase(testDescription: "exp", kernel: elbo_exp, bound: 1.0) { exp($0) },
  FunctionCase(testDescription: "log", kernel: elbo_log, bound: 0.9) { log($0) },
  FunctionCase(testDescription: "relu", kernel: elbo_relu, bound: 0) { $0 <= 0 ? 0 : $0 },
  FunctionCase(testDescription: "sigmoid", kernel: elbo_sigmoid, bound: 2.5) { sigmoid($0) },
  FunctionCase(testDescription: "softplus", kernel: elbo_softplus, bound: 2.3) { softplus($0) },
  FunctionCase(testDescription: "tanh", kernel: elbo_tanh, bound: 2.5) { tanh($0) },
]

private func normal(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }
private func density(_ x: Double) -> Double { exp(-x * x / 2) / (2 * Double.pi).squareRoot() }
private let scale = 1.0507009873554805
private let alpha = 1.6732632423543772

/// Functions within the absolute error that the header gives for all others.
private let smooth: [FunctionCase] = [
  FunctionCase(testDescription: "elu", kernel: elbo_elu) { $0 > 0 ? $0 : expm1($0) },
  FunctionCase(testDescription: "gelu", kernel: elbo_gelu) { $0 * normal($0) },
  FunctionCase(testDescription: "hard_tanh", kernel: elbo_hard_tanh) {
    min(max($0, -1), 1)
  },
  FunctionCase(testDescription: "mish", kernel: elbo_mish) { $0 * tanh(softplus($0)) },
  FunctionCase(testDescription: "selu", kernel: elbo_selu) {
    scale * ($0 > 0 ? $0 : alpha * expm1($0))
  },
  FunctionCase(testDescription: "silu", kernel: elbo_silu) { $0 * sigmoid($0) },
  FunctionCase(testDescription: "softsign", kernel: elbo_softsign) { $0 / (1 + abs($0)) },
]

/// Gradients from the input.
private let slopes: [GradientCase] = [
  GradientCase(testDescription: "gelu", kernel: elbo_gelu_backward) {
    normal($0) + $0 * density($0)
  },
  GradientCase(testDescription: "mish", kernel: elbo_mish_backward) {
    let t = tanh(softplus($0))
    return t + $0 * sigmoid($0) * (1 - t * t)
  },
  GradientCase(testDescription: "silu", kernel: elbo_silu_backward) {
    sigmoid($0) * (1 + $0 * (1 - sigmoid($0)))
  },
  GradientCase(testDescription: "softplus", kernel: elbo_softplus_backward) {
    sigmoid($0)
  },
  GradientCase(testDescription: "softsign", kernel: elbo_softsign_backward) {
    1 / ((1 + abs($0)) * (1 + abs($0)))
  },
]

/// Functions and slopes against their equations in double, and at special values. Properties of
/// every activation are tested in LayersTests.
@Suite struct AccuracyTests {
  private let inputs = everyKindOfFloat.filter { abs($0) <= 1e30 }

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

  @Test(arguments: smooth) func valuesAreWithinTheirBound(_ function: FunctionCase) {
    for (x, y) in zip(inputs, function(inputs)) {
      let exact = function.exact(Double(x))
      guard abs(Double(y) - exact) > 1e-6 * max(1, abs(exact)) || !y.isFinite else { continue }
      Issue.record("\(x) became \(y) instead of \(exact)")
      return
    }
  }

  @Test(arguments: slopes) func slopesAreWithinTheirBound(_ gradient: GradientCase) {
    let ones = [Float](repeating: 1, count: inputs.count)
    var dx = ones
    gradient.kernel(inputs.count, inputs, ones, &dx)
    for (x, d) in zip(inputs, dx) {
      let exact = gradient.slope(Double(x))
      guard abs(Double(d) - exact) > 1e-6 || !d.isFinite else { continue }
      Issue.record("the slope at \(x) became \(d) instead of \(exact)")
      return
    }
  }

  @Test func leakyLinesKeepTheirSlope() {
    let x: [Float] = [-2, -0.0, 0.5, 3]
    var y = x
    elbo_leaky_relu(4, 0.25, x, &y)
    #expect(y == [-0.5, 0, 0.5, 3])
    var dx = x
    elbo_leaky_relu_backward(4, 0.25, y, [1, 1, 1, 2], &dx)
    #expect(dx == [0.25, 0.25, 1, 2])
  }
}
