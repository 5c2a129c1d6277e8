import CKernels
import Tensors

/// The three products of matrices that a convolution and its gradients are made of, image by image.
///
/// A convolution goes from an image to planes, one for each unit. With the windows of the image as the rows of U (windows, size)
/// and the weights as W (units, size), the planes are U W^T, what comes back to the windows is planes^T W, and the gradient in W is
/// planes U. The transposed convolution is the same with its two ends exchanged.
///
/// Rows of U hold a window pixel by pixel, the channels of one side by side, so that a line of a window is one stretch of memory: images are
/// turned from [C, H, W] first, and weights likewise. U is made a few rows of windows at a time, so that it stays in the cache.
struct Convolution: Sendable {
  let windows: Windows
  let units: Int

  /// Where the parts of a scratch stand.
  struct Scratch {
    /// The image as (pixels, channels), without gaps between its pixels.
    let image: Block
    let unfolded: Block
    /// What the planes are as (windows, units).
    let planes: Block
    /// W, its transposed, and the gradient in it.
    let weight: Block
    let transposed: Block
    let gradient: Block
  }

  /// Numbers in U at a time: 128 KiB, a part of the second cache.
  private static let unfoldedNumbers = 32_768

  /// Columns that the products compute: whole vectors, the last of them of no meaning.
  private static func whole(_ columns: Int) -> Int { (columns + 7) & ~7 }

  private var rowsAtOnce: Int {
    min(
      windows.rows,
      max(1, Self.unfoldedNumbers / (windows.columns * Block.stride(for: windows.size))))
  }

  var scratch: Int {
    let pixels = (windows.image.pixels * windows.image.channels + 15) & ~15
    return pixels + Carving.count(rowsAtOnce * windows.columns, windows.size)
      + Carving.count(windows.count, units) + 2 * Carving.count(units, windows.size)
      + Carving.count(windows.size, units)
  }

  func carve(_ scratch: Block) -> Scratch {
    var carving = Carving(scratch)
    let (size, units) = (windows.size, units)
    let image = carving.block(1, windows.image.pixels * windows.image.channels)
    return Scratch(
      image: Block(image.base, rows: windows.image.pixels, columns: windows.image.channels),
      unfolded: carving.block(rowsAtOnce * windows.columns, size),
      planes: carving.block(windows.count, units), weight: carving.block(units, size),
      transposed: carving.block(size, units), gradient: carving.block(units, size))
  }

  /// Takes the weights (units, C, kernel, kernel) as W.
  func take(_ weight: Block, _ scratch: Scratch) {
    for unit in 0..<units {
      Block(weight.row(unit), rows: windows.image.channels, columns: windows.area).transpose(
        into: Block(scratch.weight.row(unit), rows: windows.area, columns: windows.image.channels))
    }
  }

  func takeTransposed(_ scratch: Scratch) {
    scratch.weight.transpose(into: scratch.transposed)
  }

  /// The planes (units, windows) of a row.
  func planes(_ row: UnsafeMutablePointer<Float>) -> Block {
    Block(row, rows: units, columns: windows.count)
  }

  /// scratch.image from a row [C, H, W].
  func turn(_ row: UnsafeMutablePointer<Float>, into image: Block) {
    if image.columns == 1 { return image.base.update(from: row, count: image.rows) }
    Block(row, rows: image.columns, columns: image.rows).transpose(into: image)
  }

  /// The other way.
  func turn(_ image: Block, into row: UnsafeMutablePointer<Float>) {
    if image.columns == 1 { return row.update(from: image.base, count: image.rows) }
    image.transpose(into: Block(row, rows: image.columns, columns: image.rows))
  }

  /// A bias for each column of an image or of planes, in every row.
  func fill(_ pixels: Block, _ bias: Block) {
    if pixels.stride == 1 {
      return pixels.base.update(repeating: bias[0, 0], count: pixels.rows)
    }
    elbo_fill_rows(pixels.rows, pixels.columns, pixels.stride, bias.base, pixels.base)
  }

  /// The sum over all rows of an image or of planes, or has it added.
  func sum(_ pixels: Block, into bias: Block, accumulate: Bool) {
    if pixels.stride == 1 {
      var sum: Float = 0
      for pixel in 0..<pixels.rows { sum += pixels.base[pixel] }
      bias[0, 0] = sum + (accumulate ? bias[0, 0] : 0)
      return
    }
    // An image at a time: one long sum in float32 loses digits.
    withUnsafeTemporaryAllocation(of: Float.self, capacity: pixels.columns) { sums in
      guard let sums = sums.baseAddress else { return }
      elbo_sum_rows(pixels.rows, pixels.columns, pixels.stride, pixels.base, 0, sums)
      if accumulate {
        elbo_add(pixels.columns, sums, bias.base)
      } else {
        bias.base.update(from: sums, count: pixels.columns)
      }
    }
  }

  /// scratch.planes = U W^T of scratch.image; added where `accumulate` says so.
  func project(_ scratch: Scratch, accumulate: Bool = false) {
    let columns = Self.whole(units)
    each(scratch) { range, unfolded in
      windows.unfold(scratch.image, first: range.lowerBound, into: unfolded)
      MatrixProduct.multiply(
        unfolded, scratch.transposed.widened(columns),
        into: scratch.planes.rows(range).widened(columns), accumulate: accumulate)
    }
  }

  /// Adds planes^T W to the windows of scratch.image that they belong to.
  func spread(_ scratch: Scratch) {
    let columns = Self.whole(windows.size)
    each(scratch) { range, unfolded in
      MatrixProduct.multiply(
        scratch.planes.rows(range), scratch.weight.widened(columns),
        into: unfolded.widened(columns))
      windows.fold(unfolded, first: range.lowerBound, adding: scratch.image)
    }
  }

  /// scratch.gradient = planes U of scratch.image, or has it added; then scratch.planes = U W^T where `projects` says so.
  func correlate(
    _ planes: Block, _ scratch: Scratch, accumulate: Bool, projects: Bool = false
  ) {
    let (size, units) = (Self.whole(windows.size), Self.whole(units))
    each(scratch) { range, unfolded in
      windows.unfold(scratch.image, first: range.lowerBound, into: unfolded)
      MatrixProduct.multiply(
        planes.columns(range), unfolded.widened(size), into: scratch.gradient.widened(size),
        accumulate: accumulate || range.lowerBound > 0)
      guard projects else { return }
      MatrixProduct.multiply(
        unfolded, scratch.transposed.widened(units), into: scratch.planes.rows(range).widened(units)
      )
    }
  }

  /// The gradient in the weights as they are stored: overwritten, or added to.
  func give(_ gradient: Block, _ scratch: Scratch, accumulate: Bool) {
    let (channels, area) = (windows.image.channels, windows.area)
    for unit in 0..<units {
      let (line, source) = (gradient.row(unit), scratch.gradient.row(unit))
      for channel in 0..<channels {
        for pixel in 0..<area {
          let value = source[pixel * channels + channel]
          let place = channel * area + pixel
          line[place] = accumulate ? line[place] + value : value
        }
      }
    }
  }

  private func each(_ scratch: Scratch, _ work: (Range<Int>, Block) -> Void) {
    for row in stride(from: 0, to: windows.rows, by: rowsAtOnce) {
      let end = min(row + rowsAtOnce, windows.rows)
      let range = row * windows.columns..<end * windows.columns
      work(range, scratch.unfolded.first(range.count))
    }
  }
}

extension Block {
  /// The same rows with some of the padding behind them.
  fileprivate func widened(_ columns: Int) -> Block {
    Block(base, rows: rows, columns: columns, stride: stride)
  }
}
