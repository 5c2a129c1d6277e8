import CPNG
import JSON

// Only libpng's simplified interface is used: it keeps its setjmp internal, because a jump over
// Swift frames is not allowed.
extension Raster {
  /// Returns the raster as a PNG file of 8 bits for each channel.
  package func png() throws(Fault) -> [UInt8] {
    guard width >= 1, height >= 1 else {
      throw Fault(.shape, "a picture needs at least one pixel, this one is \(width)x\(height)")
    }
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(width)
    image.height = png_uint_32(height)
    image.format = channels == 1 ? png_uint_32(PNG_FORMAT_GRAY) : png_uint_32(PNG_FORMAT_RGB)
    // Room for rows that do not compress: a filter byte each, and the chunks around them.
    let raw = (width * channels + 1) * height
    var file = [UInt8](repeating: 0, count: raw + raw / 64 + 4096)
    var size = file.count
    let isWritten = png_image_write_to_memory(&image, &file, &size, 0, pixels, 0, nil) != 0
    guard isWritten else { throw Fault(.memory, "libpng: \(image.words)") }
    return Array(file[..<size])
  }
}

extension png_image {
  /// The last message of libpng.
  fileprivate var words: String {
    withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
