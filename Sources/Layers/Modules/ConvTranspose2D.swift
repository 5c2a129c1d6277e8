import JSON
import Tensors

/// The transposed of a convolution, which makes images larger: every pixel of x puts a window, weighted by it, onto y.
///
/// Images [C, H, W] become [channels, (H - 1) stride - 2 padding + kernel + outputPadding, likewise]; weight (C, channels, kernel,
/// kernel), bias (channels).
public struct ConvTranspose2D: SimpleLayerModule {
  public var channels = 1
  public var kernel = Extents2D(3, 3)
  public var stride = 1
  public var padding = 0
  public var outputPadding = 0

  public init() {}

  public static let type = "convTranspose2d"
  public static let summary =
    "Transposed convolution of images [C, H, W]; weight (C, channels, kernel, kernel)."
  public static let exampleInput: Shape = [2, 3, 4]
  public static var examples: [ConvTranspose2D] {
    var plain = ConvTranspose2D()
    plain.channels = 3
    var strided = plain
    (strided.stride, strided.padding, strided.outputPadding) = (2, 1, 1)
    return [plain, strided]
  }
  public static let fields: [Field<ConvTranspose2D>] = [
    Field("channels", \.channels, "Channels of the output.", required: true, .from(1, to: 65_536)),
    Field("kernel", \.kernel, "Size of the window: n or [height, width].", required: true),
    Field("stride", \.stride, "Pixels between two windows.", .from(1, to: 1024)),
    Field("padding", \.padding, "Pixels that are cut off around the output.", .from(0, to: 1024)),
    Field(
      "outputPadding", \.outputPadding, "Rows and columns added at the end; less than the stride.",
      .from(0, to: 1023)),
  ]

  public func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
    let image = try ImageShape(input)
    guard outputPadding < stride else {
      throw Fault(
        .params, "expected less than the stride \(stride), got \(outputPadding)",
        path: "outputPadding", expected: "from 0 to \(stride - 1)", got: "\(outputPadding)")
    }
    func extent(_ input: Int, _ kernel: Int) -> Int {
      (input - 1) * stride - 2 * padding + kernel + outputPadding
    }
    let (height, width) = (extent(image.height, kernel.height), extent(image.width, kernel.width))
    guard height > 0, width > 0 else {
      throw Fault(
        .shape, "padding \(padding) leaves nothing of the output of \(image.shape)",
        path: "padding", expected: "less padding", got: "\(padding)")
    }
    // The convolution that this is the transposed of goes from the output to the input.
    let windows = Windows(
      ImageShape(channels, height, width), kernel: kernel, stride: stride, padding: padding,
      rows: image.height, columns: image.width)
    return ConvTranspose2DLayer(windows: windows, inputs: image.channels)
  }
}

struct ConvTranspose2DLayer: Layer {
  let windows: Windows
  let inputs: Int

  var output: Shape { windows.image.shape }
  var parameters: [ParameterSpec] {
    let (channels, kernel) = (windows.image.channels, windows.kernel)
    let area = kernel.height * kernel.width
    return [
      ParameterSpec(
        "weight", [inputs, channels, kernel.height, kernel.width],
        .glorotUniform(fanIn: inputs * area, fanOut: windows.size), rows: inputs),
      ParameterSpec("bias", [channels]),
    ]
  }
  var readsOutput: Bool { false }
  // The windows, the transposed input, and the weights and their gradient transposed.
  var scratch: Int {
    Carving.count(windows.size, windows.count) + Carving.count(windows.count, inputs)
      + 2 * Carving.count(windows.size, inputs)
  }

  private func carve(_ pass: Pass) -> (
    unfolded: Block, input: Block, weight: Block, weightGradient: Block
  ) {
    var carving = Carving(pass.scratch)
    return (
      carving.block(windows.size, windows.count), carving.block(windows.count, inputs),
      carving.block(windows.size, inputs), carving.block(windows.size, inputs)
    )
  }

  private func image(_ block: Block, _ row: Int) -> Block {
    Block(block.row(row), rows: inputs, columns: windows.count)
  }

  func forward(_ x: Block, into y: Block, _ pass: Pass) {
    let (unfolded, _, weight, _) = carve(pass)
    if pass.isFresh { MatrixProduct.transpose(pass.parameter(0), into: weight) }
    let pixels = windows.image.pixels
    for row in 0..<x.rows {
      MatrixProduct.multiply(weight, image(x, row), into: unfolded)
      let y = y.row(row)
      for channel in 0..<windows.image.channels {
        (y + channel * pixels).update(repeating: pass.parameter(1)[0, channel], count: pixels)
      }
      windows.fold(unfolded, adding: y)
    }
  }

  func backward(_ dy: Block, x: Block, y: Block, into dx: Block?, _ pass: Pass) {
    let (unfolded, input, _, weightGradient) = carve(pass)
    let pixels = windows.image.pixels
    for channel in 0..<windows.image.channels where pass.isTraining {
      var sum: Float = 0
      for row in 0..<dy.rows {
        let plane = dy.row(row) + channel * pixels
        for i in 0..<pixels { sum += plane[i] }
      }
      pass.gradient(1)[0, channel] = sum + (pass.accumulates ? pass.gradient(1)[0, channel] : 0)
    }
    for row in 0..<dy.rows {
      windows.unfold(dy.row(row), into: unfolded)
      if pass.isTraining {
        MatrixProduct.transpose(image(x, row), into: input)
        MatrixProduct.multiply(unfolded, input, into: weightGradient, accumulate: row > 0)
      }
      if let dx { MatrixProduct.multiply(pass.parameter(0), unfolded, into: image(dx, row)) }
    }
    guard pass.isTraining else { return }
    pass.gradient(0).takeTransposed(weightGradient, accumulate: pass.accumulates)
  }
}
