import Layers
import References
import Testing

/// Properties of the kernels of every registered activation: a new one needs no addition here.
@Suite struct EveryActivation {
  /// Returns numbers from -6 to 6, in no order.
  private static func inputs(_ count: Int) -> [Float] {
    (0..<count).map { Float($0 * 7919 % 1009) / 84 - 6 }
  }

  private func forward(_ activation: any Activation, _ x: [Float]) -> [Float] {
    var y = [Float](repeating: 0, count: x.count)
    activation.forward(x.count, x, &y)
    return y
  }

  private func backward(_ activation: any Activation, _ from: [Float], _ dy: [Float]) -> [Float] {
    var dx = [Float](repeating: 0, count: dy.count)
    activation.backward(dy.count, from, dy, &dx)
    return dx
  }

  @Test func thereAreSome() throws { #expect(try LayerKind.activations().count >= 12) }

  @Test(arguments: try LayerKind.activations())
  func anElementDoesNotDependOnItsPlace(activation: any Activation) {
    let (x, dy) = (Self.inputs(67), numbers(67, seed: 1))
    let (y, dx) = (forward(activation, x), backward(activation, x, dy))
    for start in 0..<20 {
      for end in start...67 where end - start < 40 || end == 67 {
        let part = start..<end
        #expect(forward(activation, Array(x[part])) == Array(y[part]))
        #expect(backward(activation, Array(x[part]), Array(dy[part])) == Array(dx[part]))
      }
    }
  }

  @Test(arguments: try LayerKind.activations())
  func theOutputMayBeTheInput(activation: any Activation) {
    for count in [0, 1, 4, 15, 16, 17, 196] {
      let (x, dy) = (Self.inputs(count), numbers(count, seed: 2))
      var (y, dx) = (x, dy)
      y.withUnsafeMutableBufferPointer { y in
        guard let y = y.baseAddress else { return }
        activation.forward(count, y, y)
      }
      dx.withUnsafeMutableBufferPointer { dx in
        guard let dx = dx.baseAddress else { return }
        activation.backward(count, x, dx, dx)
      }
      #expect(y == forward(activation, x))
      #expect(dx == backward(activation, x, dy))
    }
  }

  @Test(arguments: try LayerKind.activations())
  func nothingBehindTheEndIsWritten(activation: any Activation) {
    let (x, dy) = (Self.inputs(64), numbers(64, seed: 3))
    for count in 0...33 {
      var y = [Float](repeating: -7, count: 64)
      var dx = y
      activation.forward(count, x, &y)
      activation.backward(count, x, dy, &dx)
      #expect((y[count...] + dx[count...]).allSatisfy { $0 == -7 })
    }
  }

  @Test(arguments: try LayerKind.activations())
  func nothingBehindTheEndIsRead(activation: any Activation) throws {
    for count in 0...33 {
      let x = try GuardedArray(Self.inputs(count))
      let dy = try GuardedArray(numbers(count, seed: 4))
      let y = try GuardedArray(x.values)
      activation.forward(count, x.base, y.base)
      activation.backward(count, x.base, dy.base, dy.base)
      #expect(y.values == forward(activation, x.values))
    }
  }

  /// At a kink the gradient is that of one side.
  @Test(arguments: try LayerKind.activations())
  func theGradientIsThatOfDifferences(activation: any Activation) {
    let x = Self.inputs(200)
    let y = forward(activation, x)
    let from = type(of: activation).derivesFromInput ? x : y
    let dx = backward(activation, from, x.map { _ in 1 })
    let step: Float = 1 / 128
    let below = forward(activation, x.map { $0 - step })
    let above = forward(activation, x.map { $0 + step })
    for i in x.indices {
      let (left, right) = ((y[i] - below[i]) / step, (above[i] - y[i]) / step)
      let allowed = 2e-4 * max(1, y[i].magnitude)
      #expect(dx[i] >= min(left, right) - allowed, "at \(x[i])")
      #expect(dx[i] <= max(left, right) + allowed, "at \(x[i])")
    }
  }
}
