import CPNG
import JSON
import Tensors

/// A picture on its way into rows: 8 bits a value, grey or red, green and blue.
///
/// Read by libpng's simplified interface, which keeps its `setjmp` to itself: Swift must never be jumped over. 16 bits become 8,
/// palettes what they stand for, colours grey by their luminance, and what is transparent lies on black.
struct PNGFile {
  let width: Int
  let height: Int
  private let path: String
  private let bytes: [UInt8]

  /// Pixels of a picture: one that claims more is refused before any is decoded.
  private static let limit = 1 << 26

  /// Reads the header. Throws `badFile`, `io` and `denied`.
  init(contentsOf path: String) throws(Fault) {
    self.path = path
    bytes = try File.read(path)
    let size = try Self.decode(bytes, path) { image in (Int(image.width), Int(image.height)) }
    width = size.0
    height = size.1
    guard width * height <= Self.limit else {
      throw Fault(
        .badFile, "\(path): claims \(width)x\(height) pixels, at most \(Self.limit) are read",
        expected: "at most \(Self.limit) pixels", got: "\(width)x\(height)")
    }
  }

  /// Decodes the picture to the end of `rows`: grey of shape [H, W], or planes of red, green and blue of shape [3, H, W].
  func append(to rows: inout [UInt8], inColour: Bool) throws(Fault) {
    // The pixels, and what libpng makes of them on the way: four bytes for each, twice.
    try Memory.require(Size(width) * height * (inColour ? 11 : 9), for: path)
    var pixels = [UInt8](repeating: 0, count: width * height * (inColour ? 3 : 1))
    try Self.decode(bytes, path) { image in
      // PNG_IMAGE_FLAG_16BIT_sRGB: a 16-bit file that says nothing of its gamma is as an 8-bit one, and not linear.
      image.flags |= 0x04
      image.format = inColour ? png_uint_32(PNG_FORMAT_RGB) : png_uint_32(PNG_FORMAT_GRAY)
      png_image_finish_read(&image, nil, &pixels, 0, nil)
    }
    guard inColour else {
      rows += pixels
      return
    }
    for plane in 0..<3 {
      for pixel in stride(from: plane, to: pixels.count, by: 3) { rows.append(pixels[pixel]) }
    }
  }

  /// Runs `body` on the image behind its header; libpng reads from `bytes` again, which stay where they are meanwhile.
  @discardableResult
  private static func decode<T>(
    _ bytes: [UInt8], _ path: String, _ body: (inout png_image) -> T
  ) throws(Fault) -> T {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    let result = bytes.withUnsafeBytes { file -> T? in
      guard let base = file.baseAddress,
        png_image_begin_read_from_memory(&image, base, file.count) != 0
      else { return nil }
      return body(&image)
    }
    // Set to 2 or more where it failed; 1 is a warning.
    guard let result, image.warning_or_error < 2 else {
      let words = withUnsafeBytes(of: image.message) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw Fault(
        .badFile, "\(path): not a whole PNG file\(words.isEmpty ? "" : " (\(words))")",
        expected: "a PNG file", got: bytes.isEmpty ? "an empty file" : words)
    }
    return result
  }
}
