import Declarations
import JSON
import Layers
import Tensors
import Variational

/// The build of encoder and decoder.
package enum Architecture: String, Word {
  /// Dense layers with rectifiers.
  case mlp
  /// Two convolutions, then a dense layer; its mirror image as the decoder.
  case conv
  /// Dense layers that saturate, for columns with outliers.
  case table
}

/// An encoder and a decoder of an architecture.
struct ProposedLayers {
  let encoder: [LayerChoice]
  let decoder: [LayerChoice]

  /// `units` are the widths of the hidden layers from the data on; the decoder has them in reverse.
  /// `outputs` is the number of the likelihood's parameters. Throws `params` for rows that are no
  /// images of even sides.
  init(
    _ architecture: Architecture, units: [Int], shape: Shape, outputs: Int
  ) throws(Fault) {
    guard architecture == .conv else {
      let activation: LayerChoice = architecture == .mlp ? .relu : .tanh
      encoder = units.flatMap { [LayerChoice.dense(units: $0), activation] } + [.dense]
      decoder = units.reversed().flatMap { [LayerChoice.dense(units: $0), activation] } + [.dense]
      return
    }
    let extents = shape.extents
    guard (2...3).contains(extents.count), let width = extents.last,
      case let height = extents[extents.count - 2], width % 4 == 0, height % 4 == 0, width > 0
    else {
      throw Fault(
        .params, "\"conv\" halves the sides of images twice, and the rows have shape \(shape)",
        path: "architecture", expected: "images whose sides are multiples of 4", got: "\(shape)",
        hint: "give \"architecture\": \"mlp\"")
    }
    let channels = outputs / (height * width)
    let inner: Shape = [Self.deep, height / 4, width / 4]
    encoder =
      [
        .conv2d(channels: Self.shallow, kernel: Self.kernel, stride: 2, padding: 1), .relu,
        .conv2d(channels: Self.deep, kernel: Self.kernel, stride: 2, padding: 1), .relu,
      ] + units.suffix(1).flatMap { [LayerChoice.dense(units: $0), .relu] } + [.dense]
    decoder =
      units.suffix(1).flatMap { [LayerChoice.dense(units: $0), .relu] } + [
        .dense(units: inner.count), .relu, .reshape(shape: inner),
        .convTranspose2d(channels: Self.shallow, kernel: Self.kernel, stride: 2, padding: 1), .relu,
        .convTranspose2d(channels: channels, kernel: Self.kernel, stride: 2, padding: 1),
      ]
  }

  /// The window, twice as wide as its stride, so that every pixel is seen equally often.
  private static let kernel = Extents2D(4, 4)
  /// The channels of the two convolutions.
  private static let (shallow, deep) = (16, 32)
}
