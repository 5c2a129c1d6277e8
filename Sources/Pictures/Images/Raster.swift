import CPNG

/// Grey pixels, 8 bits each, row after row from the top: 0 is black, 255 is white.
package struct Raster: Sendable, Equatable {
  package let width: Int
  package let height: Int
  package var pixels: [UInt8]

  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height, "\(pixels.count) pixels for \(width)x\(height)")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  package init(width: Int, height: Int, grey: UInt8) {
    self.init(
      width: width, height: height, pixels: [UInt8](repeating: grey, count: width * height))
  }

  /// The pixel in column `x` of row `y`.
  package subscript(x: Int, y: Int) -> UInt8 {
    get { pixels[y * width + x] }
    set { pixels[y * width + x] = newValue }
  }
}
