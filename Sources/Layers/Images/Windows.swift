import CKernels
import JSON
import Tensors

/// The positions of a convolution's windows on an image; with them a convolution becomes a matrix
/// product.
struct Windows: Sendable {
  let image: ImageShape
  let kernel: Extents2D
  let stride: Int
  let padding: Int
  /// The number of windows along each axis.
  let rows: Int
  let columns: Int

  /// Throws `shape` if the kernel does not fit.
  init(_ image: ImageShape, kernel: Extents2D, stride: Int, padding: Int) throws(Fault) {
    let height = image.height + 2 * padding - kernel.height
    let width = image.width + 2 * padding - kernel.width
    guard height >= 0, width >= 0 else {
      throw Fault(
        .shape,
        "a kernel of \(kernel.height) x \(kernel.width) is larger than the image \(image.shape) with padding \(padding)",
        path: "kernel",
        expected: "at most \(image.height + 2 * padding) x \(image.width + 2 * padding)",
        got: "\(kernel.height) x \(kernel.width)", hint: "take a smaller kernel, or more padding")
    }
    self.init(
      image, kernel: kernel, stride: stride, padding: padding, rows: height / stride + 1,
      columns: width / stride + 1)
  }

  init(
    _ image: ImageShape, kernel: Extents2D, stride: Int, padding: Int, rows: Int, columns: Int
  ) {
    (self.image, self.kernel, self.stride) = (image, kernel, stride)
    (self.padding, self.rows, self.columns) = (padding, rows, columns)
  }

  /// The number of windows, of pixels in a window, and of values in a window.
  var count: Int { rows * columns }
  var area: Int { kernel.height * kernel.width }
  var size: Int { image.channels * area }

  private var layout: elbo_windows {
    elbo_windows(
      height: image.height, width: image.width, channels: image.channels,
      kernelHeight: kernel.height, kernelWidth: kernel.width, stride: stride, padding: padding,
      columns: columns)
  }

  /// Copies window `first` + n of an image (pixels, channels) to row n of `out`; zero outside the
  /// image.
  func unfold(_ image: Block, first: Int, into out: Block) {
    var layout = layout
    elbo_unfold(&layout, first, out.rows, image.base, out.stride, out.base)
  }

  /// The transpose of `unfold`: adds every number to the pixel that it was copied from.
  func fold(_ windows: Block, first: Int, adding image: Block) {
    var layout = layout
    elbo_fold(&layout, first, windows.rows, windows.base, windows.stride, image.base)
  }
}
