import CKernels
import Declarations
import Tensors

/// The three matrix products of a convolution and its gradients, image by image.
///
/// A convolution maps an image to planes, one for each unit. With the windows of the image as the
/// rows of U (windows, size) and the weights as W (units, size), the planes are U W^T, the gradient
/// in the windows is planes^T W, and the gradient in W is planes U. The transposed convolution is
/// the same with input and output exchanged.
///
/// A row of U holds a window pixel by pixel, with the channels of a pixel side by side, so that a
/// line of a window is one stretch of memory: images are transposed from [C, H, W] first, and
/// weights in the same way. U is made a few rows of windows at a time, so that it stays in the
/// cache.
struct Convolution: Sendable {
  let windows: Windows
  let units: Int
  private let rowsAtOnce: Int
  private let parts: Parts

  init(windows: Windows, units: Int) {
    (self.windows, self.units) = (windows, units)
    rowsAtOnce = min(
      windows.rows,
      max(1, Self.unfoldedNumbers / (windows.columns * Block.stride(for: windows.size))))
    parts = Parts(windows, units, rowsAtOnce)
  }

  /// The layout of a scratch.
  private struct Parts {
    let image, unfolded, planes, weight, transposed, gradient, total, sums: Carving.Segment
    let count: Int

    init(_ windows: Windows, _ units: Int, _ rowsAtOnce: Int) {
      let (image, size) = (windows.image, windows.size)
      var carving = Carving()
      self.image = carving.packed(image.pixels, image.channels)
      unfolded = carving.block(rowsAtOnce * windows.columns, size)
      planes = carving.block(windows.count, units)
      weight = carving.block(units, size)
      transposed = carving.block(size, units)
      gradient = carving.block(units, size)
      total = carving.block(units, size)
      sums = carving.doubles(max(units, image.channels))
      count = carving.count
    }
  }

  /// A scratch, divided into its parts.
  struct Scratch {
    /// The image as (pixels, channels), without gaps between pixels.
    let image: Block
    let unfolded: Block
    /// The planes as (windows, units).
    let planes: Block
    /// W, its transpose, the gradient in it over some images, and the gradient over all images
    /// before.
    let weight: Block
    let transposed: Block
    let gradient: Block
    let total: Block
    /// Sums for the gradient in the biases.
    let sums: UnsafeMutablePointer<Double>
  }

  /// The size of the part of U that is made at a time: 128 KiB, a part of the second-level cache.
  private static let unfoldedNumbers = 32_768

  /// The number of windows that a product sums at a time; a longer sum in float32 loses digits.
  private static let summedWindows = 2048

  /// The number of images in one sum.
  private var imagesAtOnce: Int { max(1, Self.summedWindows / windows.count) }

  /// Returns the number of columns that the products compute: whole vectors, the last of which is
  /// partly unused.
  private static func whole(_ columns: Int) -> Int { (columns + 7) & ~7 }

  var scratch: Int { parts.count }

  func carve(_ scratch: Block) -> Scratch {
    Scratch(
      image: parts.image.block(in: scratch), unfolded: parts.unfolded.block(in: scratch),
      planes: parts.planes.block(in: scratch), weight: parts.weight.block(in: scratch),
      transposed: parts.transposed.block(in: scratch), gradient: parts.gradient.block(in: scratch),
      total: parts.total.block(in: scratch), sums: parts.sums.doubles(in: scratch))
  }

  /// Copies the weights (units, C, kernel, kernel) to W.
  func take(_ weight: Block, _ scratch: Scratch) {
    for unit in 0..<units {
      Block(weight.row(unit), rows: windows.image.channels, columns: windows.area).transpose(
        into: Block(scratch.weight.row(unit), rows: windows.area, columns: windows.image.channels))
    }
  }

  func takeTransposed(_ scratch: Scratch) {
    scratch.weight.transpose(into: scratch.transposed)
  }

  /// Returns the planes (units, windows) of a row.
  func planes(_ row: UnsafeMutablePointer<Float>) -> Block {
    Block(row, rows: units, columns: windows.count)
  }

  /// Transposes a row [C, H, W] into scratch.image.
  func turn(_ row: UnsafeMutablePointer<Float>, into image: Block) {
    if image.columns == 1 { return image.base.update(from: row, count: image.rows) }
    Block(row, rows: image.columns, columns: image.rows).transpose(into: image)
  }

  /// Transposes an image back into a row [C, H, W].
  func turn(_ image: Block, into row: UnsafeMutablePointer<Float>) {
    if image.columns == 1 { return row.update(from: image.base, count: image.rows) }
    image.transpose(into: Block(row, rows: image.columns, columns: image.rows))
  }

  /// Sets every row of an image or of planes to the biases, one for each column.
  func fill(_ pixels: Block, _ bias: Block) {
    if pixels.stride == 1 {
      return pixels.base.update(repeating: bias[0, 0], count: pixels.rows)
    }
    elbo_fill_rows(pixels.rows, pixels.columns, pixels.stride, bias.base, pixels.base)
  }

  /// Adds the sum over all rows of an image or of planes to the scratch's sums; the first image
  /// overwrites them.
  func sum(_ pixels: Block, _ scratch: Scratch, isFirst: Bool) {
    elbo_sum_rows_wide(
      pixels.rows, pixels.columns, pixels.stride, pixels.base, isFirst ? 0 : 1, scratch.sums)
  }

  /// Computes scratch.planes = U W^T of scratch.image, or adds it if `accumulate` is true.
  func project(_ scratch: Scratch, accumulate: Bool = false) {
    let columns = Self.whole(units)
    each(scratch) { range, unfolded in
      windows.unfold(scratch.image, first: range.lowerBound, into: unfolded)
      MatrixProduct.multiply(
        unfolded, scratch.transposed.widened(columns),
        into: scratch.planes.rows(range).widened(columns), accumulate: accumulate)
    }
  }

  /// Adds planes^T W to the windows of scratch.image.
  func spread(_ scratch: Scratch) {
    let columns = Self.whole(windows.size)
    each(scratch) { range, unfolded in
      MatrixProduct.multiply(
        scratch.planes.rows(range), scratch.weight.widened(columns),
        into: unfolded.widened(columns))
      windows.fold(unfolded, first: range.lowerBound, adding: scratch.image)
    }
  }

  /// Adds planes U of scratch.image, the image of row `row`, to the gradient in W; then computes
  /// scratch.planes = U W^T if `projects` is true.
  func correlate(_ planes: Block, row: Int, _ scratch: Scratch, projects: Bool = false) {
    let beginsAnew = row.isMultiple(of: imagesAtOnce)
    if beginsAnew, row > 0 { gather(scratch, isFirst: row == imagesAtOnce) }
    let (size, units) = (Self.whole(windows.size), Self.whole(units))
    each(scratch) { range, unfolded in
      windows.unfold(scratch.image, first: range.lowerBound, into: unfolded)
      MatrixProduct.multiply(
        planes.columns(range), unfolded.widened(size), into: scratch.gradient.widened(size),
        accumulate: !beginsAnew || range.lowerBound > 0)
      guard projects else { return }
      MatrixProduct.multiply(
        unfolded, scratch.transposed.widened(units), into: scratch.planes.rows(range).widened(units)
      )
    }
  }

  /// Adds the gradient over the latest images to the total; the first one overwrites it.
  private func gather(_ scratch: Scratch, isFirst: Bool) {
    let (gradient, total) = (scratch.gradient, scratch.total)
    if isFirst {
      total.base.update(from: gradient.base, count: gradient.span)
    } else {
      elbo_add(gradient.span, gradient.base, total.base)
    }
  }

  /// Writes the gradients over `rows` rows in the weights, in their stored layout, and in the
  /// biases: overwrites, or adds if `accumulate` is true.
  func give(
    _ gradient: Block, _ bias: Block, rows: Int, _ scratch: Scratch, accumulate: Bool
  ) {
    let isWhole = rows <= imagesAtOnce
    if !isWhole { gather(scratch, isFirst: false) }
    let sum = isWhole ? scratch.gradient : scratch.total
    for column in 0..<bias.columns {
      bias[0, column] = Float(scratch.sums[column] + (accumulate ? Double(bias[0, column]) : 0))
    }
    let (channels, area) = (windows.image.channels, windows.area)
    for unit in 0..<units {
      let (line, source) = (gradient.row(unit), sum.row(unit))
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
  /// Returns the same rows, widened by some of the padding after them.
  fileprivate func widened(_ columns: Int) -> Block {
    Block(base, rows: rows, columns: columns, stride: stride)
  }
}
