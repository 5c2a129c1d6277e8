/// Pixels of 8 bits, row after row from the top: grey (0 is black, 255 is white), or red, green and
/// blue.
package struct Raster: Sendable, Equatable {
  package let width: Int
  package let height: Int
  /// 1 for grey, 3 for colours.
  package let channels: Int
  package var pixels: [UInt8]

  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height, "\(pixels.count) pixels for \(width)x\(height)")
    self.width = width
    self.height = height
    channels = 1
    self.pixels = pixels
  }

  /// A raster in which all channels of all pixels have one value.
  package init(width: Int, height: Int, channels: Int = 1, value: UInt8) {
    self.width = width
    self.height = height
    self.channels = channels
    pixels = [UInt8](repeating: value, count: width * height * channels)
  }

  /// The grey pixel in column `x` of row `y`.
  package subscript(x: Int, y: Int) -> UInt8 {
    get { pixels[y * width + x] }
    set { pixels[y * width + x] = newValue }
  }

  /// Sets a pixel to a colour of 8 bits each for red, green and blue; a grey one takes the blue.
  mutating func set(_ x: Int, _ y: Int, _ rgb: UInt32) {
    let place = (y * width + x) * channels
    for channel in 0..<channels {
      pixels[place + channel] = UInt8(truncatingIfNeeded: rgb >> (8 * (channels - 1 - channel)))
    }
  }

  /// Puts a grey raster over this one, which has room for it, with its corner at (x, y).
  mutating func put(_ raster: Raster, _ x: Int, _ y: Int) {
    for row in 0..<raster.height {
      if channels == 1 {
        let place = (y + row) * width + x
        let line = raster.pixels[row * raster.width..<(row + 1) * raster.width]
        pixels.replaceSubrange(place..<place + raster.width, with: line)
        continue
      }
      for column in 0..<raster.width {
        set(x + column, y + row, UInt32(raster[column, row]) * 0x010101)
      }
    }
  }
}
