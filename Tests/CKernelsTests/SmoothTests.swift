import CKernels
import Glibc
import Testing

private func normal(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }
private func density(_ x: Double) -> Double { exp(-x * x / 2) / (2 * Double.pi).squareRoot() }
private let scale = 1.0507009873554805
private let alpha = 1.6732632423543772

private let smooth: [FunctionCase] = [
  FunctionCase(testDescription: "elu", kernel: elbo_elu, bound: 0) { $0 > 0 ? $0 : expm1($0) },
  FunctionCase(testDescription: "gelu", kernel: elbo_gelu, bound: 0) { $0 * normal($0) },
  FunctionCase(testDescription: "hard_tanh", kernel: elbo_hard_tanh, bound: 0) {
    min(max($0, -1), 1)
  },
  FunctionCase(testDescription: "mish", kernel: elbo_mish, bound: 0) { $0 * tanh(softplus($0)) },
  FunctionCase(testDescription: "selu", kernel: elbo_selu, bound: 0) {
    scale * ($0 > 0 ? $0 : alpha * expm1($0))
  },
  FunctionCase(testDescription: "silu", kernel: elbo_silu, bound: 0) { $0 * sigmoid($0) },
  FunctionCase(testDescription: "softsign", kernel: elbo_softsign, bound: 0) { $0 / (1 + abs($0)) },
]

/// Slopes by the input.
private let slopes: [GradientCase] = [
  GradientCase(testDescription: "gelu", kernel: elbo_gelu_backward, bound: 0) {
    normal($0) + $0 * density($0)
  },
  GradientCase(testDescription: "mish", kernel: elbo_mish_backward, bound: 0) {
    let t = tanh(softplus($0))
    return t + $0 * sigmoid($0) * (1 - t * t)
  },
  GradientCase(testDescription: "silu", kernel: elbo_silu_backward, bound: 0) {
    sigmoid($0) * (1 + $0 * (1 - sigmoid($0)))
  },
  GradientCase(testDescription: "softplus", kernel: elbo_softplus_backward, bound: 0) {
    sigmoid($0)
  },
  GradientCase(testDescription: "softsign", kernel: elbo_softsign_backward, bound: 0) {
    1 / ((1 + abs($0)) * (1 + abs($0)))
  },
]

/// The further activations, held to the absolute error that the header promises.
@Suite struct SmoothTests {
  private let inputs = everyKindOfFloat.filter { abs($0) <= 1e30 }

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
