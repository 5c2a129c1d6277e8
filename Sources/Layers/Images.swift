import JSON
import Tensors

/// A shape taken as an image: [C, H, W], or [H, W] with one channel.
struct ImageShape: Sendable, Equatable {
  let channels: Int
  let height: Int
  let width: Int

  init(_ channels: Int, _ height: Int, _ width: Int) {
    (self.channels, self.height, self.width) = (channels, height, width)
  }

  /// Throws `shape` where it is no image.
  init(_ shape: Shape) throws(Fault) {
    let extents = shape.extents
    switch extents.count {
    case 2: self.init(1, extents[0], extents[1])
    case 3: self.init(extents[0], extents[1], extents[2])
    default:
      throw Fault(
        .shape, "expected an image, [H, W] or [C, H, W], got \(shape)",
        expected: "[H, W] or [C, H, W]", got: "\(shape)",
        hint: "{\"type\": \"reshape\", \"shape\": [C, H, W]} makes one of a vector")
    }
  }

  var shape: Shape { [channels, height, width] }
  var pixels: Int { height * width }
}

/// One number for both axes, or one for each: n or [h, w].
public struct Extents2D: JSONForm, Equatable {
  public let height: Int
  public let width: Int

  public init(_ height: Int, _ width: Int) { (self.height, self.width) = (height, width) }

  public static let schema = Schema(
    "an integer from 1, or two of them: [height, width]",
    [
      "anyOf": [
        ["type": "integer", "minimum": 1],
        [
          "type": "array", "items": ["type": "integer", "minimum": 1], "minItems": 2,
          "maxItems": 2,
        ],
      ]
    ])

  public init(json: JSON) throws(Fault) {
    let extents: [Int]
    if json.elements == nil {
      let both = try Int(json: json)
      extents = [both, both]
    } else {
      extents = try [Int](json: json)
    }
    guard extents.count == 2, extents.allSatisfy({ (1...65_536).contains($0) }) else {
      throw .misfit(expected: Self.schema.phrase, got: json)
    }
    self.init(extents[0], extents[1])
  }

  public var json: JSON { height == width ? .int(height) : [.int(height), .int(width)] }
}

/// How the windows of a convolution lie on an image: what turns a convolution into a product of matrices.
struct Windows: Sendable {
  let image: ImageShape
  let kernel: Extents2D
  let stride: Int
  let padding: Int
  /// Windows along each axis.
  let rows: Int
  let columns: Int

  /// Throws `shape` where the kernel does not fit.
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

  /// Windows, and the numbers in one.
  var count: Int { rows * columns }
  var size: Int { image.channels * kernel.height * kernel.width }

  /// Row (channel, i, j) of the result holds what stands at (i, j) of every window; zero outside the image. (size, count).
  func unfold(_ x: UnsafePointer<Float>, into out: Block) {
    each { row, channel, i, j in
      let plane = x + channel * image.pixels
      let target = out.row(row)
      for r in 0..<rows {
        let y = r * stride + i - padding
        let line = target + r * columns
        guard y >= 0, y < image.height else {
          line.update(repeating: 0, count: columns)
          continue
        }
        let source = plane + y * image.width
        for c in 0..<columns {
          let x = c * stride + j - padding
          line[c] = x >= 0 && x < image.width ? source[x] : 0
        }
      }
    }
  }

  /// The transposed: adds every number to the place that it was taken from.
  func fold(_ windows: Block, adding x: UnsafeMutablePointer<Float>) {
    each { row, channel, i, j in
      let plane = x + channel * image.pixels
      let source = windows.row(row)
      for r in 0..<rows {
        let y = r * stride + i - padding
        guard y >= 0, y < image.height else { continue }
        let line = plane + y * image.width
        for c in 0..<columns {
          let x = c * stride + j - padding
          if x >= 0, x < image.width { line[x] += source[r * columns + c] }
        }
      }
    }
  }

  private func each(_ work: (Int, Int, Int, Int) -> Void) {
    var row = 0
    for channel in 0..<image.channels {
      for i in 0..<kernel.height {
        for j in 0..<kernel.width {
          work(row, channel, i, j)
          row += 1
        }
      }
    }
  }
}

/// Blocks one behind the other in a stretch of numbers.
public struct Carving {
  private var next: UnsafeMutablePointer<Float>

  public init(_ scratch: Block) { next = scratch.base }

  /// What is behind the blocks that were carved.
  public var rest: UnsafeMutablePointer<Float> { next }

  public mutating func block(_ rows: Int, _ columns: Int) -> Block {
    defer { next += rows * Block.stride(for: columns) }
    return Block(next, rows: rows, columns: columns, stride: Block.stride(for: columns))
  }

  public static func count(_ rows: Int, _ columns: Int) -> Int { rows * Block.stride(for: columns) }
}
