import Declarations
import Files
import JSON
import Tensors

/// Reduces images by leaving pixels out.
package struct Subsample: Transform {
  package static let type = "subsample"
  package static let summary = "Keeps every factor-th pixel of every factor-th row, from the first."

  package var factor = 2

  package init() {}

  package static let fields: [Field<Subsample>] = [
    Field(
      "factor", \.factor, "Distance of the pixels that are kept, in both directions.",
      required: true,
      .from(1, to: 1 << 30))
  ]

  package func apply(
    to rows: Rows, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Rows {
    let extents = rows.shape.extents
    guard (2...3).contains(extents.count) else {
      throw Fault(
        .shape, "subsample needs images, [H, W] or [C, H, W], not \(rows.shape)",
        expected: "rows of shape [H, W] or [C, H, W]", got: "\(rows.shape)")
    }
    let height = extents[extents.count - 2]
    let width = extents[extents.count - 1]
    guard factor <= max(height, width) else {
      let expected = "a factor from 1 to \(max(height, width)) for rows of shape \(rows.shape)"
      throw .misfit(expected: expected, got: .int(factor), at: "factor")
    }
    let kept = Size(rows.shape.count).parts(of: factor)
    try Memory.require(kept * 24, for: "the places of the pixels that are kept")
    var positions: [Int] = []
    for channel in 0..<(extents.count == 3 ? extents[0] : 1) {
      for y in stride(from: 0, to: height, by: factor) {
        for x in stride(from: 0, to: width, by: factor) {
          positions.append((channel * height + y) * width + x)
        }
      }
    }
    var smaller = rows
    smaller.storage = try rows.storage.selecting(
      0..<rows.count, of: rows.shape.count, at: positions, checkpoint)
    let size = [(height + factor - 1) / factor, (width + factor - 1) / factor]
    smaller.shape = Shape(extents.dropLast(2) + size)
    return smaller
  }
}

extension Choice<TransformKind> {
  /// Every factor-th pixel of every factor-th row, from the first.
  public static func subsample(factor: Int) -> Self {
    var module = Subsample()
    module.factor = factor
    return Choice(module) { $0 }
  }
}
