import CPNG
import Files
import JSON
import Tensors

/// A picture that will become a row, with its samples as they are in the file, 8 or 16 bits each.
///
/// It is read by libpng's simplified interface, which keeps its `setjmp` internal, because a jump
/// over Swift frames is not allowed. That interface converts samples according to the file's gamma
/// and colour profiles, so it gets a copy without them: header, palette, transparency and data.
/// Samples of 1, 2 and 4 bits are spread over 0 … 255, and palettes are expanded.
struct PNGFile {
  let width: Int
  let height: Int
  /// The bits of a sample: 16, or 8 if the file has 8 or fewer.
  let bits: Int
  private let isColoured: Bool
  private let hasAlpha: Bool
  private let path: String
  private let bytes: [UInt8]

  /// Reads the header. Throws `badFile`.
  init(_ file: [UInt8], _ path: String) throws(Fault) {
    self.path = path
    bytes = Self.samplesAlone(file)
    let (size, form) = try Self.decode(bytes, path) { image in
      ((Int(image.width), Int(image.height)), Int(image.format))
    }
    (width, height) = size
    bits = form & Int(PNG_FORMAT_FLAG_LINEAR) == 0 ? 8 : 16
    isColoured = form & Int(PNG_FORMAT_FLAG_COLOR) != 0
    hasAlpha = form & Int(PNG_FORMAT_FLAG_ALPHA) != 0
    guard width * height <= PictureFile.limit else {
      throw PictureFile.tooLarge(path, width, height)
    }
  }

  /// The picture as grey of shape [H, W], or as planes of red, green and blue of shape [3, H, W].
  struct Samples<Sample> {
    var values: [Sample]
    /// Whether some pixel lets the background through.
    var isTransparent = false
  }

  /// Decodes a picture of 8 bits, over this grey level.
  func bytes(inColour: Bool, over background: Int) throws(Fault) -> Samples<UInt8> {
    let pixels = try pixels(of: UInt8.self)
    return samples(of: pixels, inColour: inColour, over: background, isMultiplied: false)
  }

  /// Decodes a picture of 16 bits, over this grey level from 0 to 255.
  func words(inColour: Bool, over background: Int) throws(Fault) -> Samples<UInt16> {
    let pixels = try pixels(of: UInt16.self)
    return samples(of: pixels, inColour: inColour, over: background * 257, isMultiplied: true)
  }

  /// Returns the samples of each pixel side by side: grey, or red, green and blue; followed by
  /// alpha if there is one.
  private func pixels<Sample: FixedWidthInteger>(of: Sample.Type) throws(Fault) -> [Sample] {
    let count = width * height * ((isColoured ? 3 : 1) + (hasAlpha ? 1 : 0))
    // The pixels, libpng's own copies with four samples for each pixel, twice, and the result.
    try Memory.require(Size(width) * height * (15 * MemoryLayout<Sample>.size), for: path)
    var pixels = [Sample](repeating: 0, count: count)
    let form =
      (isColoured ? Int(PNG_FORMAT_FLAG_COLOR) : 0) | (hasAlpha ? Int(PNG_FORMAT_FLAG_ALPHA) : 0)
      | (bits == 16 ? Int(PNG_FORMAT_FLAG_LINEAR) : 0)
    try Self.decode(bytes, path) { image in
      image.format = png_uint_32(form)
      png_image_finish_read(&image, nil, &pixels, 0, nil)
    }
    return pixels
  }

  /// Blends pixels over the background, c a + b (1 - a), and converts colours to grey unless
  /// colours are wanted: 0.299 R + 0.587 G + 0.114 B (Rec. ITU-R BT.601), both rounded to the
  /// nearest. libpng multiplies samples of 16 bits by a itself.
  private func samples<Sample: FixedWidthInteger & UnsignedInteger>(
    of pixels: [Sample], inColour: Bool, over background: Int, isMultiplied: Bool
  ) -> Samples<Sample> {
    let (area, colours) = (width * height, isColoured ? 3 : 1)
    let white = Int(Sample.max)
    guard hasAlpha || isColoured || inColour else { return Samples(values: pixels) }
    var samples = Samples(values: [Sample](repeating: 0, count: area * (inColour ? 3 : 1)))
    let step = colours + (hasAlpha ? 1 : 0)
    for pixel in 0..<area {
      let first = pixel * step
      let alpha = hasAlpha ? Int(pixels[first + colours]) : white
      if alpha < white { samples.isTransparent = true }
      func colour(_ plane: Int) -> Int {
        let sample = Int(pixels[first + (isColoured ? plane : 0)])
        if alpha == white { return sample }
        // White is odd, so that no quotient is exactly in the middle.
        let behind = background * (white - alpha)
        return isMultiplied
          ? min(white, sample + (behind + white / 2) / white)
          : (sample * alpha + behind + white / 2) / white
      }
      if inColour {
        for plane in 0..<3 { samples.values[plane * area + pixel] = Sample(colour(plane)) }
      } else if isColoured {
        let sum = 299 * colour(0) + 587 * colour(1) + 114 * colour(2)
        samples.values[pixel] = Sample((sum + 500) / 1000)
      } else {
        samples.values[pixel] = Sample(colour(0))
      }
    }
    return samples
  }

  /// Returns the file without the chunks that do not affect its samples; data that do not look like
  /// chunks stay, so that libpng refuses them.
  private static func samplesAlone(_ file: [UInt8]) -> [UInt8] {
    let transparency = Array("tRNS".utf8)
    var kept = Array(file.prefix(8))
    kept.reserveCapacity(file.count)
    var place = kept.count
    while place + 12 <= file.count {
      let length = file[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      guard length <= file.count - place - 12 else { break }
      let name = file[place + 4..<place + 8]
      // A lower-case first letter marks a chunk that a reader may skip.
      let isCritical = name.first.map { $0 & 0x20 == 0 } ?? true
      if isCritical || transparency.elementsEqual(name) {
        kept += file[place..<place + 12 + length]
      }
      place += 12 + length
    }
    return kept + file[min(place, file.count)...]
  }

  /// Runs `body` on the image after its header; libpng reads from `bytes` again, which must not
  /// move meanwhile.
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
    // It is 2 or more after an error; 1 is a warning.
    guard let result, image.warning_or_error < 2 else {
      let words = withUnsafeBytes(of: image.message) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw Fault(
        .badFile, "\(path): not a complete PNG file\(words.isEmpty ? "" : " (\(words))")",
        expected: "a PNG file", got: bytes.isEmpty ? "an empty file" : words,
        hint: "copy it again, or take it out of the folder")
    }
    return result
  }
}
