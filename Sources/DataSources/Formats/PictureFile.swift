import Files
import JSON

/// A picture in a file of either format; its first bytes decide, and not its name.
enum PictureFile {
  case png(PNGFile)
  case jpeg(JPEGFile)

  /// The maximum number of pixels; a larger picture is refused before any pixel is decoded.
  static let limit = 1 << 26

  /// Reads the header. Throws `badFile`, `io`, `denied` and `memory`.
  init(contentsOf path: String) throws(Fault) {
    let bytes = try File.read(path)
    self =
      bytes.starts(with: JPEGFile.mark)
      ? .jpeg(try JPEGFile(bytes, path)) : .png(try PNGFile(bytes, path))
  }

  var width: Int {
    switch self {
    case .png(let file): file.width
    case .jpeg(let file): file.width
    }
  }

  var height: Int {
    switch self {
    case .png(let file): file.height
    case .jpeg(let file): file.height
    }
  }

  /// The bits of a sample: 16, or 8 if the file has 8 or fewer.
  var bits: Int {
    switch self {
    case .png(let file): file.bits
    case .jpeg: 8
    }
  }

  /// Decodes a picture of 8 bits, over this grey level if it is transparent.
  func bytes(inColour: Bool, over background: Int) throws(Fault) -> PNGFile.Samples<UInt8> {
    switch self {
    case .png(let file): try file.bytes(inColour: inColour, over: background)
    case .jpeg(let file): PNGFile.Samples(values: try file.samples(inColour: inColour))
    }
  }

  /// Decodes a picture of 16 bits, over this grey level from 0 to 255.
  func words(inColour: Bool, over background: Int) throws(Fault) -> PNGFile.Samples<UInt16> {
    switch self {
    case .png(let file): return try file.words(inColour: inColour, over: background)
    case .jpeg(let file):
      let samples = try file.samples(inColour: inColour)
      return PNGFile.Samples(values: samples.map { UInt16($0) * 257 })
    }
  }

  static func tooLarge(_ path: String, _ width: Int, _ height: Int) -> Fault {
    Fault(
      .badFile, "\(path): claims \(width)x\(height) pixels, at most \(limit) are read",
      expected: "at most \(limit) pixels", got: "\(width)x\(height)")
  }
}
