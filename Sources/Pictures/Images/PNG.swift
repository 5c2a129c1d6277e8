import CPNG
import JSON

// libpng's simplified interface only: it keeps its setjmp to itself, which Swift must never be
// jumped over by.
extension Raster {
  /// The raster as a PNG file of 8-bit grey.
  public func png() throws(Fault) -> [UInt8] {
    guard width >= 1, height >= 1 else {
      throw Fault(.shape, "a picture needs at least one pixel, this one is \(width)x\(height)")
    }
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(width)
    image.height = png_uint_32(height)
    image.format = png_uint_32(PNG_FORMAT_GRAY)
    // Room for rows that do not compress: a filter byte each, and the chunks around them.
    let raw = (width + 1) * height
    var file = [UInt8](repeating: 0, count: raw + raw / 64 + 4096)
    var size = file.count
    let isWritten = png_image_write_to_memory(&image, &file, &size, 0, pixels, 0, nil) != 0
    guard isWritten else { throw Fault(.memory, "libpng: \(image.words)") }
    return Array(file[..<size])
  }

  /// Decodes a PNG file; colours become grey. A file that claims more than `limit` pixels is
  /// refused before any is decoded.
  public init(png: [UInt8], limit: Int = 1 << 26) throws(Fault) {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    // libpng reads from the array again in the second step: it must not move between them.
    let decoded = png.withUnsafeBytes { file in
      Result { () throws(Fault) in try Raster(file, &image, limit: limit) }
    }
    self = try decoded.get()
  }

  private init(_ file: UnsafeRawBufferPointer, _ image: inout png_image, limit: Int)
    throws(Fault)
  {
    guard
      let base = file.baseAddress,
      png_image_begin_read_from_memory(&image, base, file.count) != 0
    else { throw Fault(.badFile, "not a PNG file: \(image.words)", expected: "a PNG file") }
    let width = Int(image.width)
    let height = Int(image.height)
    guard width * height <= limit else {
      throw Fault(
        .badFile, "the PNG file claims \(width)x\(height) pixels, the limit is \(limit)",
        expected: "at most \(limit) pixels", got: "\(width)x\(height)")
    }
    image.format = png_uint_32(PNG_FORMAT_GRAY)
    self.init(width: width, height: height, grey: 0)
    guard png_image_finish_read(&image, nil, &pixels, 0, nil) != 0 else {
      throw Fault(.badFile, "a broken PNG file: \(image.words)", expected: "a whole PNG file")
    }
  }
}

extension png_image {
  /// What libpng said last.
  fileprivate var words: String {
    withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
