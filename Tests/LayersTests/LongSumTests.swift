import JSON
import Layers
import References
import Tensors
import Testing

/// Gradients of parameters that are sums over many rows and pixels, compared with float64. Nearly
/// all terms have one sign, as at the beginning of a training, where a float32 sum loses a digit
/// for every hundredfold of its terms.
@Suite struct LongSums {
  private static let rows = 150

  /// Returns the gradients of a pass over images, with a cotangent that depends on the image.
  private func pass(
    _ layer: String, _ input: Shape
  ) throws -> (passage: Passage, x: [Double], dy: [Double], gradients: [[Float]]) {
    let passage = try LayerExample(JSON(parsing: layer), input: input, rows: Self.rows).passage()
    let x = numbers(Self.rows * input.count, seed: 61).map { 1 + 0.9 * $0 }
    let dy = numbers(Self.rows * passage.stack.output.count, seed: 62).enumerated().map {
      1 + 0.5 * $0.element + 0.3 * x[$0.offset % x.count]
    }
    let got = try passage.run(x, cotangent: dy)
    return (passage, x.map(Double.init), dy.map(Double.init), got.gradients)
  }

  private func check(_ got: [Float], _ expected: [Double], _ name: String) {
    let deviation = Deviation(name, got, expected, .largest(1e-6))
    #expect(deviation.isTolerated, "\(deviation)")
  }

  /// Stretches of `size` numbers are standardised; number i of a row uses parameter (i / run) mod
  /// count.
  @Test(arguments: [
    (#"{"type": "groupNorm", "groups": 2}"#, [4, 28, 28], 2 * 784, 784, 4),
    (#"{"type": "groupNorm", "groups": 1}"#, [1, 50, 50], 2500, 2500, 1),
    (#"{"type": "layerNorm"}"#, [3, 28, 28], 28, 1, 28),
    (#"{"type": "layerNorm"}"#, [90], 90, 1, 90),
  ])
  func ofNorms(layer: String, input: [Int], size: Int, run: Int, count: Int) throws {
    let (_, x, dy, gradients) = try pass(layer, Shape(input))
    var (scale, shift) = (
      [Double](repeating: 0, count: count), [Double](repeating: 0, count: count)
    )
    let width = x.count / Self.rows
    for start in stride(from: 0, to: x.count, by: size) {
      let stretch = x[start..<start + size]
      let mean = stretch.reduce(0, +) / Double(size)
      let variance = stretch.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(size)
      for i in start..<start + size {
        let parameter = i % width / run % count
        scale[parameter] += dy[i] * (x[i] - mean) / (variance + Double(Float(1e-5))).squareRoot()
        shift[parameter] += dy[i]
      }
    }
    check(gradients[0], scale, "scale")
    check(gradients[1], shift, "shift")
  }

  /// With a kernel of 3, stride 1 and padding 1, the windows of a convolution and of a transposed
  /// one are the same.
  @Test(arguments: [1, 3])
  func ofConvolutions(channels: Int) throws {
    let (side, units) = (28, 2)
    for isTransposed in [false, true] {
      let type = isTransposed ? "convTranspose2d" : "conv2d"
      let (_, x, dy, gradients) = try pass(
        #"{"type": "\#(type)", "channels": \#(units), "kernel": 3, "padding": 1}"#,
        [channels, side, side])
      // The image of the windows, and the planes with one number for each window.
      let (images, planes) = isTransposed ? (dy, x) : (x, dy)
      let (deep, wide) = isTransposed ? (units, channels) : (channels, units)
      var weight = [Double](repeating: 0, count: wide * deep * 9)
      for row in 0..<Self.rows {
        for unit in 0..<wide {
          let plane = (row * wide + unit) * side * side
          for channel in 0..<deep {
            let image = (row * deep + channel) * side * side
            for tap in 0..<9 {
              let (down, right) = (tap / 3 - 1, tap % 3 - 1)
              var sum = 0.0
              for i in max(0, -down)..<min(side, side - down) {
                for j in max(0, -right)..<min(side, side - right) {
                  sum +=
                    planes[plane + i * side + j] * images[image + (i + down) * side + j + right]
                }
              }
              weight[(unit * deep + channel) * 9 + tap] += sum
            }
          }
        }
      }
      var bias = [Double](repeating: 0, count: units)
      for (index, value) in dy.enumerated() { bias[index / (side * side) % units] += value }
      check(gradients[0], weight, "\(type), weight")
      check(gradients[1], bias, "\(type), bias")
    }
  }

  @Test(arguments: ["dense", "gatedDense"])
  func ofProducts(type: String) throws {
    let units = 5
    let (passage, x, dy, gradients) = try pass(
      #"{"type": "\#(type)", "units": \#(units)}"#, [70])
    guard type == "dense" else {
      // The bias of the linear part is the same sum for the gate: dy times the gate.
      let one = try (0..<Self.rows).map { row in
        try passage.run(
          x[row * 70..<(row + 1) * 70].map { Float($0) },
          cotangent: dy[row * units..<(row + 1) * units].map { Float($0) }
        ).gradients
      }
      for index in gradients.indices {
        let sums = gradients[index].indices.map { i in
          one.reduce(0.0) { $0 + Double($1[index][i]) }
        }
        check(gradients[index], sums, passage.stack.parameters[index].name)
      }
      return
    }
    var weight = [Double](repeating: 0, count: 70 * units)
    var bias = [Double](repeating: 0, count: units)
    for row in 0..<Self.rows {
      for unit in 0..<units {
        let slope = dy[row * units + unit]
        bias[unit] += slope
        for input in 0..<70 { weight[input * units + unit] += x[row * 70 + input] * slope }
      }
    }
    check(gradients[0], weight, "weight")
    check(gradients[1], bias, "bias")
  }
}
