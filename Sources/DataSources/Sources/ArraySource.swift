import Declarations
import JSON
import Tensors

/// Rows in the request itself, or in a NumPy file that it names.
package struct ArraySource: Source {
  package static let type = "array"
  package static let summary = "Rows given in the request; the first extent is their number."

  package var values = TensorForm(Tensor([2, 3], [0, 1, 0, 1, 0, 1]))
  package var labels: [Int]?

  package init() {}

  package static let fields: [Field<ArraySource>] = [
    Field("values", \.values, "The rows: their shape is [rows, …].", required: true),
    Field("labels", \.labels, "The class of each row."),
  ]

  package func load(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows {
    let tensor = try within("values") { () throws(Fault) in try values.tensor() }
    let shape = try within("values") { () throws(Fault) in try Shape(ofRowsOf: tensor.shape) }
    try checkpoint()
    return try Rows(.floats(tensor.values), shape, labels: labels)
  }
}

extension Shape {
  /// The shape of one row of an array whose first extent is the number of rows; rows of one number
  /// have shape [1]. Throws `shape`.
  init(ofRowsOf whole: Shape) throws(Fault) {
    guard !whole.extents.isEmpty, whole.count > 0 else {
      throw Fault(
        .shape, "expected rows of numbers, got shape \(whole)",
        expected: "a shape [rows, …] without zeros", got: "\(whole)")
    }
    self = whole.extents.count == 1 ? [1] : Shape(Array(whole.extents.dropFirst()))
  }
}
