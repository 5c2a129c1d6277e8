import CJPEG
import Files
import JSON
import Tensors

/// A picture of a JPEG file, which will become a row: grey levels or colours of 8 bits.
///
/// It is turned as its EXIF orientation says. Colours become grey as those of PNG files do; inks
/// (CMYK) are refused, because their colours depend on a profile.
struct JPEGFile {
  let width: Int
  let height: Int
  private let size: (width: Int, height: Int)
  private let isColoured: Bool
  private let orientation: Int
  private let path: String
  private let bytes: [UInt8]

  /// The bytes with which a file begins.
  static let mark: [UInt8] = [0xFF, 0xD8, 0xFF]

  /// Reads the header. Throws `badFile`.
  init(_ bytes: [UInt8], _ path: String) throws(Fault) {
    self.path = path
    self.bytes = bytes
    var picture = elbo_jpeg_picture()
    try Self.call(path) { elbo_jpeg_header(bytes, bytes.count, &picture, $0) }
    size = (Int(picture.width), Int(picture.height))
    orientation = EXIF.orientation(of: bytes)
    (width, height) = orientation > 4 ? (size.height, size.width) : size
    guard width * height <= PictureFile.limit else {
      throw PictureFile.tooLarge(path, width, height)
    }
    guard picture.components == 1 || picture.components == 3 else {
      throw Fault(
        .badFile, "\(path): has \(picture.components) inks (CMYK), not grey or red, green and blue",
        expected: "a JPEG file in grey or RGB", got: "\(picture.components) components",
        hint: "convert it to RGB")
    }
    isColoured = picture.components == 3
  }

  /// Decodes the picture: grey of shape [H, W], or planes of red, green and blue of shape [3, H,
  /// W]. Throws `badFile` if the file is cut short or damaged, and `memory`.
  func samples(inColour: Bool) throws(Fault) -> [UInt8] {
    let (area, colours) = (width * height, isColoured ? 3 : 1)
    // The pixels, libjpeg's coefficients of 16 bits for each, and the result.
    try Memory.require(Size(area) * (colours * 4 + 3), for: path)
    var pixels = [UInt8](repeating: 0, count: area * colours)
    let count = pixels.count
    try Self.call(path) { elbo_jpeg_decode(bytes, bytes.count, &pixels, count, $0) }
    if !isColoured, !inColour, orientation == 1 { return pixels }
    var samples = [UInt8](repeating: 0, count: area * (inColour ? 3 : 1))
    for row in 0..<size.height {
      for column in 0..<size.width {
        let first = (row * size.width + column) * colours
        let place = place(row, column)
        if inColour {
          for plane in 0..<3 {
            samples[plane * area + place] = pixels[first + (isColoured ? plane : 0)]
          }
        } else if isColoured {
          let sum =
            299 * Int(pixels[first]) + 587 * Int(pixels[first + 1]) + 114 * Int(pixels[first + 2])
          samples[place] = UInt8((sum + 500) / 1000)
        } else {
          samples[place] = pixels[first]
        }
      }
    }
    return samples
  }

  /// Returns the place of a stored pixel in the turned picture.
  private func place(_ row: Int, _ column: Int) -> Int {
    let (lastRow, lastColumn) = (size.height - 1, size.width - 1)
    return switch orientation {
    case 2: row * width + lastColumn - column
    case 3: (lastRow - row) * width + lastColumn - column
    case 4: (lastRow - row) * width + column
    case 5: column * width + row
    case 6: column * width + lastRow - row
    case 7: (lastColumn - column) * width + lastRow - row
    case 8: (lastColumn - column) * width + row
    default: row * width + column
    }
  }

  private static func call(
    _ path: String, _ body: (UnsafeMutablePointer<CChar>) -> Int32
  ) throws(Fault) {
    var message = [CChar](repeating: 0, count: Int(ELBO_JPEG_MESSAGE))
    guard body(&message) != 0 else { return }
    let words = String(
      decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    throw Fault(
      .badFile, "\(path): not a complete JPEG file (\(words))", expected: "a JPEG file", got: words,
      hint: "copy it again, or take it out of the folder")
  }
}
