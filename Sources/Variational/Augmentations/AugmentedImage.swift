import JSON
import Tensors

/// A row read as an image: [C, H, W], or [H, W] with one channel.
struct AugmentedImage {
  let channels: Int
  let height: Int
  let width: Int

  /// Reads a shape; others than images are one line of one channel.
  init(_ shape: Shape) {
    let extents = shape.extents
    channels = extents.count == 3 ? extents[0] : 1
    height = extents.count > 1 ? extents[extents.count - 2] : 1
    width = extents.last ?? 1
  }

  /// Throws `shape` if rows of this shape are no images; `type` is what needs them.
  static func require(_ shape: Shape, for type: String) throws(Fault) {
    guard !(2...3).contains(shape.extents.count) else { return }
    throw Fault(
      .shape, "\(type) needs images, [H, W] or [C, H, W], not \(shape)",
      expected: "rows of shape [H, W] or [C, H, W]", got: "\(shape)",
      hint: "load the rows in the shape of images, or leave \(type) out")
  }

  /// Calls `body` with the address of each channel of a row.
  func forEachChannel(
    _ row: UnsafeMutablePointer<Float>, _ body: (UnsafeMutablePointer<Float>) -> Void
  ) {
    for channel in 0..<channels { body(row + channel * height * width) }
  }
}
