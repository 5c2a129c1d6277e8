import JSON
import Tensors

/// A shape read as an image: [C, H, W], or [H, W] with one channel.
struct ImageShape: Sendable, Equatable {
  let channels: Int
  let height: Int
  let width: Int

  init(_ channels: Int, _ height: Int, _ width: Int) {
    (self.channels, self.height, self.width) = (channels, height, width)
  }

  /// Throws `shape` if the shape is not an image.
  init(_ shape: Shape) throws(Fault) {
    let extents = shape.extents
    switch extents.count {
    case 2: self.init(1, extents[0], extents[1])
    case 3: self.init(extents[0], extents[1], extents[2])
    default:
      throw Fault(
        .shape, "expected an image, [H, W] or [C, H, W], got \(shape)",
        expected: "[H, W] or [C, H, W]", got: "\(shape)",
        hint: "{\"type\": \"reshape\", \"shape\": [C, H, W]} turns a vector into an image")
    }
  }

  var shape: Shape { [channels, height, width] }
  var pixels: Int { height * width }
}
