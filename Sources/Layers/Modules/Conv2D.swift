import Declarations
import JSON
import Tensors

/// A convolution of images: y[o] = sum over channels and window of weight[o] x + bias[o].
///
/// Images [C, H, W] become [channels, (H + 2 padding - kernel) / stride + 1, the same of W]; weight
/// (channels, C, kernel, kernel), bias (channels).
package struct Conv2D: SimpleLayerModule {
  package var channels = 1
  package var kernel = Extents2D(3, 3)
  package var stride = 1
  package var padding = 0

  package init() {}

  package static let type = "conv2d"
  package static let summary =
    "Convolution of images [C, H, W]; weight (channels, C, kernel, kernel)."
  package static let exampleInput: Shape = [2, 5, 4]
  package static var examples: [Conv2D] {
    var plain = Conv2D()
    plain.channels = 3
    var strided = plain
    (strided.kernel, strided.stride, strided.padding) = (Extents2D(3, 2), 2, 1)
    return [plain, strided]
  }
  package static let fields: [Field<Conv2D>] = [
    Field("channels", \.channels, "Channels of the output.", required: true, .from(1, to: 65_536)),
    Field("kernel", \.kernel, "Size of the window: n or [height, width].", required: true),
    Field("stride", \.stride, "Pixels between two windows.", .from(1, to: 1024)),
    Field("padding", \.padding, "Zeros around the image.", .from(0, to: 1024)),
  ]

  package func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
    let windows = try Windows(
      ImageShape(input), kernel: kernel, stride: stride, padding: padding)
    return Conv2DLayer(convolution: Convolution(windows: windows, units: channels))
  }
}

struct Conv2DLayer: Layer {
  let convolution: Convolution

  private var windows: Windows { convolution.windows }
  private var channels: Int { convolution.units }

  var output: Shape { [channels, windows.rows, windows.columns] }
  var parameters: [ParameterSpec] {
    let (image, kernel) = (windows.image, windows.kernel)
    return [
      ParameterSpec(
        "weight", [channels, image.channels, kernel.height, kernel.width],
        .glorotUniform(fanIn: windows.size, fanOut: channels * windows.area), rows: channels),
      ParameterSpec("bias", [channels], role: .bias),
    ]
  }
  var readsOutput: Bool { false }
  var scratch: Int { convolution.scratch }

  func forward(_ x: Block, into y: Block, _ pass: Pass) {
    let scratch = convolution.carve(pass.scratch)
    if pass.isFresh {
      convolution.take(pass.parameter(0), scratch)
      convolution.takeTransposed(scratch)
    }
    let planes = scratch.planes
    for row in 0..<x.rows {
      convolution.turn(x.row(row), into: scratch.image)
      convolution.fill(planes, pass.parameter(1))
      convolution.project(scratch, accumulate: true)
      planes.transpose(into: convolution.planes(y.row(row)))
    }
  }

  func backward(_ dy: Block, x: Block, y: Block, into dx: Block?, _ pass: Pass) {
    let scratch = convolution.carve(pass.scratch)
    let (image, planes) = (scratch.image, scratch.planes)
    for row in 0..<dy.rows {
      let dy = convolution.planes(dy.row(row))
      dy.transpose(into: planes)
      if pass.isTraining {
        convolution.sum(planes, scratch, isFirst: row == 0)
        convolution.turn(x.row(row), into: image)
        convolution.correlate(dy, row: row, scratch)
      }
      guard let dx else { continue }
      image.base.update(repeating: 0, count: image.span)
      convolution.spread(scratch)
      convolution.turn(image, into: dx.row(row))
    }
    guard pass.isTraining else { return }
    convolution.give(
      pass.gradient(0), pass.gradient(1), rows: dy.rows, scratch,
      accumulate: pass.accumulates)
  }
}

extension Choice<LayerKind> {
  /// Convolution of images [C, H, W]; weight (channels, C, kernel, kernel).
  public static func conv2d(channels: Int, kernel: Extents2D, stride: Int = 1, padding: Int = 0)
    -> Self
  {
    var module = Conv2D()
    module.channels = channels
    module.kernel = kernel
    module.stride = stride
    module.padding = padding
    return Choice(module) { $0 }
  }
}
