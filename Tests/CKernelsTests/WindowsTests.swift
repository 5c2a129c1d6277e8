import CKernels
import Testing

struct WindowsCase: Sendable, CustomTestStringConvertible {
  let windows: elbo_windows
  let rows: Int

  /// Height and width of the image, channels, height and width of the kernel, stride, padding, rows
  /// and columns of windows.
  init(
    _ height: Int, _ width: Int, _ channels: Int, _ kernelHeight: Int, _ kernelWidth: Int,
    _ stride: Int, _ padding: Int, _ rows: Int, _ columns: Int
  ) {
    windows = elbo_windows(
      height: height, width: width, channels: channels, kernelHeight: kernelHeight,
      kernelWidth: kernelWidth, stride: stride, padding: padding, columns: columns)
    self.rows = rows
  }

  var testDescription: String {
    "\(windows.height) x \(windows.width) x \(windows.channels), kernel \(windows.kernelHeight) x"
      + " \(windows.kernelWidth), stride \(windows.stride), padding \(windows.padding)"
  }

  /// The source of every number of every window; nil outside the image.
  var sources: [[Int?]] {
    let w = windows
    return (0..<rows * w.columns).map { window in
      (0..<w.kernelHeight * w.kernelWidth * w.channels).map { place in
        let (pixel, channel) = (place / w.channels, place % w.channels)
        let y = window / w.columns * w.stride + pixel / w.kernelWidth - w.padding
        let x = window % w.columns * w.stride + pixel % w.kernelWidth - w.padding
        guard (0..<w.height).contains(y), (0..<w.width).contains(x) else { return nil }
        return (y * w.width + x) * w.channels + channel
      }
    }
  }
}

@Suite struct WindowsTests {
  /// The last cases have windows that lie outside the image, or nearly so.
  static let cases = [
    WindowsCase(28, 28, 1, 4, 4, 2, 1, 14, 14), WindowsCase(14, 14, 32, 4, 4, 2, 1, 7, 7),
    WindowsCase(5, 7, 3, 3, 2, 1, 0, 3, 6), WindowsCase(6, 5, 7, 2, 3, 3, 2, 3, 3),
    WindowsCase(1, 1, 5, 1, 1, 1, 0, 1, 1), WindowsCase(2, 2, 1, 1, 2, 4, 4, 3, 3),
    WindowsCase(3, 3, 2, 2, 2, 2, 0, 3, 3),
  ]

  @Test(arguments: cases) func unfold(_ shape: WindowsCase) {
    var (noise, windows) = (Noise(4), shape.windows)
    let image = noise.array(windows.height * windows.width * windows.channels)
    let sources = shape.sources
    let (size, first) = (sources[0].count, sources.count / 3)
    let (stride, count) = (size + 3, sources.count - first)
    var y = [Float](repeating: -7, count: count * stride)
    elbo_unfold(&windows, first, count, image, stride, &y)
    #expect(
      y
        == sources[first...].flatMap { window in
          window.map { $0.map { image[$0] } ?? 0 } + [-7, -7, -7]
        })
  }

  @Test(arguments: cases) func fold(_ shape: WindowsCase) {
    var (noise, windows) = (Noise(5), shape.windows)
    var image = noise.array(windows.height * windows.width * windows.channels)
    let sources = shape.sources
    let (size, first) = (sources[0].count, sources.count / 3)
    let (stride, count) = (size + 3, sources.count - first)
    let x = noise.array(count * stride)
    var expected = image
    for (row, window) in sources[first...].enumerated() {
      for (column, source) in window.enumerated() {
        if let source { expected[source] += x[row * stride + column] }
      }
    }
    elbo_fold(&windows, first, count, x, stride, &image)
    #expect(image == expected)
  }
}
