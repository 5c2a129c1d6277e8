import CPNG

/// Grey pixels, 8 bits each, row after row from the top: 0 is black, 255 is white.
public struct Raster: Sendable, Equatable {
  public let width: Int
  public let height: Int
  public var pixels: [UInt8]

  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height, "\(pixels.count) pixels for \(width)x\(height)")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  public init(width: Int, height: Int, grey: UInt8) {
    self.init(
      width: width, height: height, pixels: [UInt8](repeating: grey, count: width * height))
  }

  /// The pixel in column `x` of row `y`.
  public subscript(x: Int, y: Int) -> UInt8 {
    get { pixels[y * width + x] }
    set { pixels[y * width + x] = newValue }
  }
}
