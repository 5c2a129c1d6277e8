import Declarations
import JSON
import Tensors

/// Values become 0: single ones, or a patch of an image.
package struct MaskAugmentation: AugmentationModule {
  package var probability = 0.1
  package var patch: Int?

  package init() {}

  package static let type = "mask"
  package static let summary =
    "Sets values to 0: each with a probability, or a square patch of an image, in all channels."
  package static let fields: [Field<MaskAugmentation>] = [
    Field(
      "probability", \.probability,
      "Probability that a value becomes 0; with \"patch\", that a row has a patch.", required: true,
      .from(0, to: 1)),
    Field(
      "patch", \.patch,
      "Side of the patch in pixels, at a place drawn for each row; if left out, single values are masked.",
      .from(1, to: 1 << 20)),
  ]

  package static var examples: [MaskAugmentation] {
    var patches = MaskAugmentation()
    (patches.probability, patches.patch) = (0.5, 2)
    return [MaskAugmentation(), patches]
  }

  package var effect: AugmentationEffect { .zeros }

  package func check(_ shape: Shape) throws(Fault) {
    guard let patch else { return }
    try AugmentedImage.require(shape, for: "a patch")
    let image = AugmentedImage(shape)
    let most = min(image.height, image.width)
    guard patch <= most else {
      let expected = "at most \(most) for images of \(image.height) x \(image.width)"
      throw .misfit(expected: expected, got: .int(patch), at: "patch")
    }
  }

  package func apply(
    to rows: Block, shape: Shape, names: UnsafePointer<UInt32>, update: UInt32, random: Random
  ) {
    guard let patch else {
      let limit = Float(probability)
      return rows.forEachStretch { (values, draws, row, column) in
        random.uniform(into: draws, rows: names + row, update: update, firstColumn: column)
        for i in 0..<draws.columns where draws.base[i] < limit { values[i] = 0 }
      }
    }
    let image = AugmentedImage(shape)
    for row in 0..<rows.rows {
      let words = random.words(for: names[row], update)
      guard words.0.happens(probability) else { continue }
      let top = words.1.below(image.height - patch + 1)
      let left = words.2.below(image.width - patch + 1)
      image.forEachChannel(rows.row(row)) { channel in
        for y in top..<top + patch {
          (channel + y * image.width + left).update(repeating: 0, count: patch)
        }
      }
    }
  }
}

extension Choice<AugmentationKind> {
  /// Values become 0 with this probability; or, with it, rows have a patch of zeros.
  public static func mask(probability: Double, patch: Int? = nil) -> Self {
    var module = MaskAugmentation()
    (module.probability, module.patch) = (probability, patch)
    return Choice(module) { $0 }
  }
}
