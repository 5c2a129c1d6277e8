import Declarations
import JSON
import Layers
import Tensors
import Variational

/// The build of encoder and decoder.
package enum Architecture: String, Word {
  /// Dense layers with rectifiers.
  case mlp
  /// Convolutions, then a dense layer; their mirror image as the decoder.
  case conv
  /// Dense layers that saturate, for columns with outliers.
  case table
}

/// An encoder and a decoder of an architecture.
struct ProposedLayers {
  private(set) var encoder: [LayerChoice]
  private(set) var decoder: [LayerChoice]

  /// `units` are the widths of the hidden layers from the data on, or the channels of the
  /// convolutions; the decoder has them in reverse. `outputs` is the number of the likelihood's
  /// parameters. Throws `params` for rows that are no images, or too small for the convolutions.
  init(
    _ architecture: Architecture, units: [Int]?, shape: Shape, outputs: Int
  ) throws(Fault) {
    guard architecture == .conv else {
      let units = units ?? [Self.width, Self.width]
      let activation: LayerChoice = architecture == .mlp ? .relu : .tanh
      // A row of a table has few values: Glorot's weights to a wide layer would begin too small.
      let first: Initialization? = architecture == .table ? .fanIn : nil
      let hidden = { (units: [Int]) in
        units.flatMap { [LayerChoice.dense(units: $0, initialization: first), activation] }
          + [.dense(initialization: first)]
      }
      (encoder, decoder) = (hidden(units), hidden(units.reversed()))
      return
    }
    let channels = units ?? Self.channels
    guard !channels.isEmpty else {
      throw .misfit(
        expected: "the channels of at least one convolution", got: "none", at: "layers")
    }
    let extents = shape.extents
    let least = 1 << min(channels.count, 30)
    guard (2...3).contains(extents.count), extents.suffix(2).allSatisfy({ $0 >= least }) else {
      let isImage = (2...3).contains(extents.count)
      throw Fault(
        .params,
        "\"conv\" halves the sides of images \(channels.count) times, and the rows have shape \(shape)",
        path: "architecture", expected: "images whose sides are at least \(least)",
        got: "\(shape)",
        hint: "give \"architecture\": \"mlp\"" + (isImage ? ", or fewer \"layers\"" : ""))
    }
    var sizes = [Extents2D(extents[extents.count - 2], extents[extents.count - 1])]
    for _ in channels {
      sizes.append(Extents2D(sizes[sizes.count - 1].height / 2, sizes[sizes.count - 1].width / 2))
    }
    let planes = outputs / (sizes[0].height * sizes[0].width)
    encoder =
      channels.flatMap {
        [LayerChoice.conv2d(channels: $0, kernel: Self.kernel, stride: 2, padding: 1), .relu]
      } + [.dense(units: Self.width), .relu, .dense]
    let small = sizes[channels.count]
    let inner: Shape = [channels.last ?? planes, small.height, small.width]
    decoder = [
      .dense(units: Self.width), .relu, .dense(units: inner.count), .relu, .reshape(shape: inner),
    ]
    for (place, size) in sizes.dropLast().enumerated().reversed() {
      // A side that was odd needs a window that is wider by one.
      let window = Extents2D(
        Self.kernel.height + size.height % 2, Self.kernel.width + size.width % 2)
      decoder.append(
        .convTranspose2d(
          channels: place == 0 ? planes : channels[place - 1], kernel: window, stride: 2, padding: 1
        ))
      if place > 0 { decoder.append(.relu) }
    }
  }

  /// The window, twice as wide as its stride, so that every pixel is seen equally often.
  private static let kernel = Extents2D(4, 4)
  /// The channels of the convolutions, unless others are asked for.
  private static let channels = [16, 32]
  /// The width of the hidden dense layers, unless another is asked for.
  private static let width = 128
}
