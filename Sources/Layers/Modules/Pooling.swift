import Declarations
import JSON
import Tensors

/// The maximum of every factor x factor pixels; an incomplete window at the edge is dropped.
package struct MaxPool2D: SimpleLayerModule {
  package var factor = 2
  package init() {}
  package static let type = "maxPool2d"
  package static let summary = "The largest of every factor x factor pixels."
  package static let exampleInput: Shape = [2, 5, 4]
  package static let fields: [Field<MaxPool2D>] = [factorField(\.factor)]

  package func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
    MaxPoolLayer(tiles: try Tiles(ImageShape(input), factor))
  }
}

/// The mean of every factor x factor pixels; an incomplete window at the edge is dropped.
package struct AveragePool2D: SimpleLayerModule {
  package var factor = 2
  package init() {}
  package static let type = "averagePool2d"
  package static let summary = "The mean of every factor x factor pixels."
  package static let exampleInput: Shape = [2, 5, 4]
  package static let fields: [Field<AveragePool2D>] = [factorField(\.factor)]

  package func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
    AveragePoolLayer(tiles: try Tiles(ImageShape(input), factor))
  }
}

/// Repeats every pixel as factor x factor pixels.
package struct Upsample2D: SimpleLayerModule {
  package var factor = 2
  package init() {}
  package static let type = "upsample2d"
  package static let summary = "Every pixel becomes factor x factor pixels."
  package static let exampleInput: Shape = [2, 2, 3]
  package static let fields: [Field<Upsample2D>] = [factorField(\.factor)]

  package func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
    let image = try ImageShape(input)
    let large = ImageShape(image.channels, image.height * factor, image.width * factor)
    return UpsampleLayer(tiles: try Tiles(large, factor))
  }
}

private func factorField<M: Described>(
  _ path: any WritableKeyPath<M, Int> & Sendable
) -> Field<M> {
  Field("factor", path, "Pixels along each side of a window.", .from(1, to: 1024))
}

/// An image divided into adjacent windows.
struct Tiles: Sendable {
  let image: ImageShape
  let factor: Int
  let small: ImageShape

  init(_ image: ImageShape, _ factor: Int) throws(Fault) {
    guard image.height >= factor, image.width >= factor else {
      throw Fault(
        .shape, "the image \(image.shape) is smaller than a window of \(factor) x \(factor)",
        path: "factor", expected: "at most \(min(image.height, image.width))", got: "\(factor)")
    }
    self.image = image
    self.factor = factor
    small = ImageShape(image.channels, image.height / factor, image.width / factor)
  }

  /// Calls `work` with each pixel of the small image and the index of its window's first pixel.
  func each(_ work: (Int, Int) -> Void) {
    var pixel = 0
    for channel in 0..<image.channels {
      for r in 0..<small.height {
        for c in 0..<small.width {
          work(pixel, (channel * image.height + r * factor) * image.width + c * factor)
          pixel += 1
        }
      }
    }
  }

  /// Calls `work` with every index of a window.
  func window(_ first: Int, _ work: (Int) -> Void) {
    for i in 0..<factor { for j in 0..<factor { work(first + i * image.width + j) } }
  }
}

struct MaxPoolLayer: Layer {
  let tiles: Tiles
  var output: Shape { tiles.small.shape }
  var readsOutput: Bool { false }

  /// Returns the index of the largest number; the first if there are several.
  private func largest(_ x: UnsafePointer<Float>, _ first: Int) -> Int {
    var best = first
    tiles.window(first) { if x[$0] > x[best] { best = $0 } }
    return best
  }

  func forward(_ x: Block, into y: Block, _ pass: Pass) {
    for row in 0..<x.rows {
      let (x, y) = (x.row(row), y.row(row))
      tiles.each { y[$0] = x[largest(x, $1)] }
    }
  }

  func backward(_ dy: Block, x: Block, y: Block, into dx: Block?, _ pass: Pass) {
    guard let dx else { return }
    for row in 0..<dy.rows {
      dx.row(row).update(repeating: 0, count: dx.columns)
      let (x, dy, dx) = (x.row(row), dy.row(row), dx.row(row))
      tiles.each { dx[largest(x, $1)] = dy[$0] }
    }
  }
}

struct AveragePoolLayer: Layer {
  let tiles: Tiles
  var output: Shape { tiles.small.shape }
  var readsInput: Bool { false }
  var readsOutput: Bool { false }
  private var share: Float { 1 / Float(tiles.factor * tiles.factor) }

  func forward(_ x: Block, into y: Block, _ pass: Pass) {
    for row in 0..<x.rows {
      let (x, y) = (x.row(row), y.row(row))
      tiles.each { pixel, first in
        var sum: Float = 0
        tiles.window(first) { sum += x[$0] }
        y[pixel] = sum * share
      }
    }
  }

  func backward(_ dy: Block, x: Block, y: Block, into dx: Block?, _ pass: Pass) {
    guard let dx else { return }
    for row in 0..<dy.rows {
      dx.row(row).update(repeating: 0, count: dx.columns)
      let (dy, dx) = (dy.row(row), dx.row(row))
      tiles.each { pixel, first in
        let part = dy[pixel] * share
        tiles.window(first) { dx[$0] = part }
      }
    }
  }
}

struct UpsampleLayer: Layer {
  let tiles: Tiles
  var output: Shape { tiles.image.shape }
  var readsInput: Bool { false }
  var readsOutput: Bool { false }

  func forward(_ x: Block, into y: Block, _ pass: Pass) {
    for row in 0..<x.rows {
      let (x, y) = (x.row(row), y.row(row))
      tiles.each { pixel, first in tiles.window(first) { y[$0] = x[pixel] } }
    }
  }

  func backward(_ dy: Block, x: Block, y: Block, into dx: Block?, _ pass: Pass) {
    guard let dx else { return }
    for row in 0..<dy.rows {
      let (dy, dx) = (dy.row(row), dx.row(row))
      tiles.each { pixel, first in
        var sum: Float = 0
        tiles.window(first) { sum += dy[$0] }
        dx[pixel] = sum
      }
    }
  }
}

extension Choice<LayerKind> {
  /// The largest of every factor x factor pixels.
  public static func maxPool2d(factor: Int = 2) -> Self {
    var module = MaxPool2D()
    module.factor = factor
    return Choice(module) { $0 }
  }

  /// The mean of every factor x factor pixels.
  public static func averagePool2d(factor: Int = 2) -> Self {
    var module = AveragePool2D()
    module.factor = factor
    return Choice(module) { $0 }
  }

  /// Every pixel becomes factor x factor pixels.
  public static func upsample2d(factor: Int = 2) -> Self {
    var module = Upsample2D()
    module.factor = factor
    return Choice(module) { $0 }
  }
}
