import Declarations
import JSON
import Tensors

/// Images are mirrored with a probability.
package struct FlipAugmentation: AugmentationModule {
  package var horizontal = 0.5
  package var vertical = 0.0

  package init() {}

  package static let type = "flip"
  package static let summary = "Mirrors images with a probability, all channels alike."
  package static let fields: [Field<FlipAugmentation>] = [
    Field(
      "horizontal", \.horizontal, "Probability that left and right are exchanged.",
      .from(0, to: 1)),
    Field(
      "vertical", \.vertical, "Probability that top and bottom are exchanged.", .from(0, to: 1)),
  ]

  package var effect: AugmentationEffect { .none }

  package func check(_ shape: Shape) throws(Fault) {
    try AugmentedImage.require(shape, for: Self.type)
  }

  package func apply(
    to rows: Block, shape: Shape, names: UnsafePointer<UInt32>, update: UInt32, random: Random
  ) {
    let image = AugmentedImage(shape)
    let (height, width) = (image.height, image.width)
    for row in 0..<rows.rows {
      let words = random.words(for: names[row], update)
      let (turnsLines, turnsColumns) = (words.0.happens(horizontal), words.1.happens(vertical))
      image.forEachChannel(rows.row(row)) { channel in
        if turnsLines {
          for y in 0..<height { Self.reverse(channel + y * width, width, step: 1, size: 1) }
        }
        if turnsColumns { Self.reverse(channel, height, step: width, size: width) }
      }
    }
  }

  /// Reverses the order of `count` runs of `size` values, `step` apart.
  private static func reverse(
    _ first: UnsafeMutablePointer<Float>, _ count: Int, step: Int, size: Int
  ) {
    for place in 0..<count / 2 {
      let (a, b) = (first + place * step, first + (count - 1 - place) * step)
      for i in 0..<size { (a[i], b[i]) = (b[i], a[i]) }
    }
  }
}

extension Choice<AugmentationKind> {
  /// Images are mirrored with these probabilities.
  public static func flip(horizontal: Double = 0.5, vertical: Double = 0) -> Self {
    var module = FlipAugmentation()
    (module.horizontal, module.vertical) = (horizontal, vertical)
    return Choice(module) { $0 }
  }
}
