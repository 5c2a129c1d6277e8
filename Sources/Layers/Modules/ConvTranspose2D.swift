import Declarations
import JSON
import Tensors

/// The transpose of a convolution, which enlarges images: every pixel of x adds a window, weighted
/// by the pixel, to y.
///
/// Images [C, H, W] become [channels, (H - 1) stride - 2 padding + kernel + outputPadding, the same
/// of W]; weight (C, channels, kernel, kernel), bias (channels).
package struct ConvTranspose2D: SimpleLayerModule {
  package var channels = 1
  package var kernel = Extents2D(3, 3)
  package var stride = 1
  package var padding = 0
  package var outputPadding = 0

  package init() {}

  package static let type = "convTranspose2d"
  package static let summary =
    "Transposed convolution of images [C, H, W]; weight (C, channels, kernel, kernel)."
  package static let exampleInput: Shape = [2, 3, 4]
  package static var examples: [ConvTranspose2D] {
    var plain = ConvTranspose2D()
    plain.channels = 3
    var strided = plain
    (strided.stride, strided.padding, strided.outputPadding) = (2, 1, 1)
    return [plain, strided]
  }
  package static let fields: [Field<ConvTranspose2D>] = [
    Field("channels", \.channels, "Channels of the output.", required: true, .from(1, to: 65_536)),
    Field("kernel", \.kernel, "Size of the window: n or [height, width].", required: true),
    Field("stride", \.stride, "Pixels between two windows.", .from(1, to: 1024)),
    Field("padding", \.padding, "Pixels cut off around the output.", .from(0, to: 1024)),
    Field(
      "outputPadding", \.outputPadding, "Rows and columns added at the end; less than the stride.",
      .from(0, to: 1023)),
  ]

  package func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
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
    // This layer is the transpose of a convolution that goes from its output to its input.
    let windows = Windows(
      ImageShape(channels, height, width), kernel: kernel, stride: stride, padding: padding,
      rows: image.height, columns: image.width)
    return ConvTranspose2DLayer(
      convolution: Convolution(windows: windows, units: image.channels))
  }
}

struct ConvTranspose2DLayer: Layer {
  let convolution: Convolution

  private var windows: Windows { convolution.windows }
  private var inputs: Int { convolution.units }

  var output: Shape { windows.image.shape }
  var parameters: [ParameterSpec] {
    let (channels, kernel) = (windows.image.channels, windows.kernel)
    return [
      ParameterSpec(
        "weight", [inputs, channels, kernel.height, kernel.width],
        .glorotUniform(fanIn: inputs * windows.area, fanOut: windows.size), rows: inputs),
      ParameterSpec("bias", [channels], role: .bias),
    ]
  }
  var readsOutput: Bool { false }
  var scratch: Int { convolution.scratch }

  func forward(_ x: Block, into y: Block, _ pass: Pass) {
    let scratch = convolution.carve(pass.scratch)
    if pass.isFresh { convolution.take(pass.parameter(0), scratch) }
    let image = scratch.image
    for row in 0..<x.rows {
      convolution.planes(x.row(row)).transpose(into: scratch.planes)
      convolution.fill(image, pass.parameter(1))
      convolution.spread(scratch)
      convolution.turn(image, into: y.row(row))
    }
  }

  func backward(_ dy: Block, x: Block, y: Block, into dx: Block?, _ pass: Pass) {
    let scratch = convolution.carve(pass.scratch)
    if dx != nil, pass.isFresh { convolution.takeTransposed(scratch) }
    let image = scratch.image
    for row in 0..<dy.rows {
      convolution.turn(dy.row(row), into: image)
      if pass.isTraining {
        convolution.sum(image, scratch, isFirst: row == 0)
        convolution.correlate(
          convolution.planes(x.row(row)), row: row, scratch, projects: dx != nil)
      }
      guard let dx else { continue }
      if !pass.isTraining { convolution.project(scratch) }
      scratch.planes.transpose(into: convolution.planes(dx.row(row)))
    }
    guard pass.isTraining else { return }
    convolution.give(
      pass.gradient(0), pass.gradient(1), rows: dy.rows, scratch,
      accumulate: pass.accumulates)
  }
}

extension Choice<LayerKind> {
  /// Transposed convolution of images [C, H, W]; weight (C, channels, kernel, kernel).
  public static func convTranspose2d(
    channels: Int, kernel: Extents2D, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0
  ) -> Self {
    var module = ConvTranspose2D()
    module.channels = channels
    module.kernel = kernel
    module.stride = stride
    module.padding = padding
    module.outputPadding = outputPadding
    return Choice(module) { $0 }
  }
}
