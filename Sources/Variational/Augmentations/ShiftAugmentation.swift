import Declarations
import JSON
import Tensors

/// Images are moved by whole pixels.
package struct ShiftAugmentation: AugmentationModule {
  /// What comes in at the border.
  package enum Fill: String, Word {
    /// Zeros.
    case zero
    /// The values at the border.
    case edge
  }

  package var pixels = 1
  package var fill = Fill.zero

  package init() {}

  package static let type = "shift"
  package static let summary =
    "Moves images, all channels alike, by a whole number of pixels in each direction, every one from -pixels to pixels equally likely."
  package static let fields: [Field<ShiftAugmentation>] = [
    Field(
      "pixels", \.pixels, "Farthest move, in both directions.", required: true,
      .from(1, to: 1 << 20)),
    Field("fill", \.fill, "What comes in: zeros, or the values at the edge."),
  ]

  package var effect: AugmentationEffect { fill == .zero ? .zeros : .none }

  package func check(_ shape: Shape) throws(Fault) {
    try AugmentedImage.require(shape, for: Self.type)
    let image = AugmentedImage(shape)
    let most = min(image.height, image.width) - 1
    guard pixels <= most else {
      let expected = "at most \(most) for images of \(image.height) x \(image.width)"
      throw .misfit(expected: expected, got: .int(pixels), at: "pixels")
    }
  }

  package func apply(
    to rows: Block, shape: Shape, names: UnsafePointer<UInt32>, update: UInt32, random: Random
  ) {
    let image = AugmentedImage(shape)
    for row in 0..<rows.rows {
      let words = random.words(for: names[row], update)
      let down = words.0.below(2 * pixels + 1) - pixels
      let right = words.1.below(2 * pixels + 1) - pixels
      image.forEachChannel(rows.row(row)) {
        move($0, image.height, image.width, down: down, right: right)
      }
    }
  }

  /// Moves a channel in place: its lines in the order in which none is overwritten before it has
  /// been moved.
  private func move(
    _ values: UnsafeMutablePointer<Float>, _ height: Int, _ width: Int, down: Int, right: Int
  ) {
    let kept = max(0, down)..<min(height, height + down)
    let columns = max(0, right)..<min(width, width + right)
    for step in 0..<kept.count {
      let line = down > 0 ? kept.upperBound - 1 - step : kept.lowerBound + step
      let into = values + line * width
      let from = values + (line - down) * width + columns.lowerBound - right
      (into + columns.lowerBound).update(from: from, count: columns.count)
      let (left, last) = (into[columns.lowerBound], into[columns.upperBound - 1])
      for x in 0..<columns.lowerBound { into[x] = fill == .zero ? 0 : left }
      for x in columns.upperBound..<width { into[x] = fill == .zero ? 0 : last }
    }
    for line in 0..<height where !kept.contains(line) {
      let into = values + line * width
      if fill == .zero {
        into.update(repeating: 0, count: width)
      } else {
        let nearest = line < kept.lowerBound ? kept.lowerBound : kept.upperBound - 1
        into.update(from: values + nearest * width, count: width)
      }
    }
  }
}

extension Choice<AugmentationKind> {
  /// Images are moved by up to `pixels` in each direction; zeros come in, or the values at the
  /// edge.
  public static func shift(pixels: Int, repeatsEdge: Bool = false) -> Self {
    var module = ShiftAugmentation()
    (module.pixels, module.fill) = (pixels, repeatsEdge ? .edge : .zero)
    return Choice(module) { $0 }
  }
}
