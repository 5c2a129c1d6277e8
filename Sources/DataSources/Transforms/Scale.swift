import Declarations
import JSON
import Tensors

/// Every value times a factor.
package struct Scale: Transform {
  package static let type = "scale"
  package static let summary =
    "Multiplies every value by a factor: 0.00392156862745098 maps bytes to 0 … 1, 1.5259021896696422e-05 does so for pictures of 16 bits."

  package var by: Float = 1 / 255

  package init() {}

  package static let fields: [Field<Scale>] = [
    Field("by", \.by, "The factor.", required: true)
  ]

  package func apply(
    to rows: Rows, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Rows {
    guard by.isFinite, by != 0 else {
      throw .misfit(expected: "a number of float32 other than 0", got: .float(by), at: "by")
    }
    guard rows.binarization == .none else {
      throw Fault(
        .params, "binary rows are not scaled", hint: "scale before binarize, or not at all")
    }
    var rows = rows
    rows.storage = try rows.storage.scaled(by: by, checkpoint)
    rows.white = nil
    return rows
  }
}

extension Choice<TransformKind> {
  /// Every value times a factor: 0.00392156862745098 turns bytes into 0 … 1, 1.5259021896696422e-05
  /// pictures of 16 bits.
  public static func scale(by: Float) -> Self {
    var module = Scale()
    module.by = by
    return Choice(module) { $0 }
  }
}
