import JSON
import Tensors

/// A convolution of images: y[o] = sum over channels and window of weight[o] x + bias[o].
///
/// Images [C, H, W] become [channels, (H + 2 padding - kernel) / stride + 1, likewise]; weight (channels, C, kernel, kernel), bias
/// (channels). Each image is unfolded into its windows, and the convolution is a product of matrices.
public struct Conv2D: SimpleLayerModule {
  public var channels = 1
  public var kernel = Extents2D(3, 3)
  public var stride = 1
  public var padding = 0

  public init() {}

  public static let type = "conv2d"
  public static let summary =
    "Convolution of images [C, H, W]; weight (channels, C, kernel, kernel)."
  public static let exampleInput: Shape = [2, 5, 4]
  public static var examples: [Conv2D] {
    var plain = Conv2D()
    plain.channels = 3
    var strided = plain
    (strided.kernel, strided.stride, strided.padding) = (Extents2D(3, 2), 2, 1)
    return [plain, strided]
  }
  public static let fields: [Field<Conv2D>] = [
    Field("channels", \.channels, "Channels of the output.", required: true, .from(1, to: 65_536)),
    Field("kernel", \.kernel, "Size of the window: n or [height, width].", required: true),
    Field("stride", \.stride, "Pixels between two windows.", .from(1, to: 1024)),
    Field("padding", \.padding, "Zeros around the image.", .from(0, to: 1024)),
  ]

  public func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
    let windows = try Windows(
      ImageShape(input), kernel: kernel, stride: stride, padding: padding)
    return Conv2DLayer(windows: windows, channels: channels)
  }
}

struct Conv2DLayer: Layer {
  let windows: Windows
  let channels: Int

  var output: Shape { [channels, windows.rows, windows.columns] }
  var parameters: [ParameterSpec] {
    let (image, kernel) = (windows.image, windows.kernel)
    let area = kernel.height * kernel.width
    return [
      ParameterSpec(
        "weight", [channels, image.channels, kernel.height, kernel.width],
        .glorotUniform(fanIn: windows.size, fanOut: channels * area), rows: channels),
      ParameterSpec("bias", [channels]),
    ]
  }
  var readsOutput: Bool { false }
  // The windows, the transposed gradient, and the weights and their gradient transposed.
  var scratch: Int {
    Carving.count(windows.size, windows.count) + Carving.count(windows.count, channels)
      + 2 * Carving.count(windows.size, channels)
  }

  private func carve(_ pass: Pass) -> (
    unfolded: Block, gradient: Block, weight: Block, weightGradient: Block
  ) {
    var carving = Carving(pass.scratch)
    return (
      carving.block(windows.size, windows.count), carving.block(windows.count, channels),
      carving.block(windows.size, channels), carving.block(windows.size, channels)
    )
  }

  private func image(_ block: Block, _ row: Int) -> Block {
    Block(block.row(row), rows: channels, columns: windows.count)
  }

  func forward(_ x: Block, into y: Block, _ pass: Pass) {
    let unfolded = carve(pass).unfolded
    for row in 0..<x.rows {
      let y = image(y, row)
      for channel in 0..<channels {
        y.row(channel).update(repeating: pass.parameter(1)[0, channel], count: y.columns)
      }
      windows.unfold(x.row(row), into: unfolded)
      MatrixProduct.multiply(pass.parameter(0), unfolded, into: y, accumulate: true)
    }
  }

  func backward(_ dy: Block, x: Block, y: Block, into dx: Block?, _ pass: Pass) {
    let (unfolded, gradient, weight, weightGradient) = carve(pass)
    if dx != nil, pass.isFresh { MatrixProduct.transpose(pass.parameter(0), into: weight) }
    for channel in 0..<channels where pass.isTraining {
      var sum: Float = 0
      for row in 0..<dy.rows {
        let line = image(dy, row).row(channel)
        for i in 0..<windows.count { sum += line[i] }
      }
      pass.gradient(1)[0, channel] = sum + (pass.accumulates ? pass.gradient(1)[0, channel] : 0)
    }
    for row in 0..<dy.rows {
      let dy = image(dy, row)
      if pass.isTraining {
        windows.unfold(x.row(row), into: unfolded)
        MatrixProduct.transpose(dy, into: gradient)
        MatrixProduct.multiply(unfolded, gradient, into: weightGradient, accumulate: row > 0)
      }
      guard let dx else { continue }
      MatrixProduct.multiply(weight, dy, into: unfolded)
      dx.row(row).update(repeating: 0, count: dx.columns)
      windows.fold(unfolded, adding: dx.row(row))
    }
    guard pass.isTraining else { return }
    pass.gradient(0).takeTransposed(weightGradient, accumulate: pass.accumulates)
  }
}

extension Block {
  /// Becomes the transposed of `other`, or has it added.
  func takeTransposed(_ other: Block, accumulate: Bool) {
    for r in 0..<rows {
      let line = row(r)
      for c in 0..<columns { line[c] = other[c, r] + (accumulate ? line[c] : 0) }
    }
  }
}
