import Declarations
import JSON
import Tensors

/// The weight of each row: a column of the table, or a list of numbers.
///
/// With w_n the weights of N rows, the term of row n in an objective, and in a mean over the rows,
/// has the factor w_n N / sum w: a row of weight 2 counts as two rows. Weights are finite, from 0
/// on, and not all 0.
public struct RowWeights: JSONForm, Equatable, Sendable {
  private enum Content: Equatable, Sendable {
    case column(String)
    case numbers(TensorForm)
  }

  private let content: Content

  /// The numbers in this column of the table, which is then no column of the rows.
  public static func column(_ name: String) -> RowWeights { RowWeights(content: .column(name)) }

  /// A number for each row of the source, in its order.
  public static func numbers(_ values: [Float]) -> RowWeights {
    RowWeights(content: .numbers(TensorForm(Tensor([values.count], values))))
  }

  private init(content: Content) { self.content = content }

  public static let schema = Schema(
    "the name of a column, or an array with a number for each row",
    ["anyOf": [["type": "string"], TensorForm.schema.json]])

  public init(json: JSON) throws(Fault) {
    if case .string(let name) = json {
      content = .column(name)
    } else {
      content = .numbers(try TensorForm(json: json))
    }
  }

  public var json: JSON {
    switch content {
    case .column(let name): .string(name)
    case .numbers(let form): form.json
    }
  }

  /// The column of the table, if that is where the weights are.
  var column: String? { if case .column(let name) = content { name } else { nil } }

  /// Gives `rows` their weights, if they are not a column of the rows' table. Throws `shape` if
  /// there is not one for each row, and what reading them throws.
  func give(to rows: inout Rows) throws(Fault) {
    guard case .numbers(let form) = content else { return }
    let tensor = try form.tensor()
    guard tensor.shape.extents == [rows.count] else {
      throw Fault(
        .shape, "expected a weight for each of \(rows.count) rows, got \(tensor.shape)",
        expected: "an array of shape [\(rows.count)]", got: "\(tensor.shape)",
        hint: "give a weight for each row of the source, before its transforms")
    }
    rows.weights = tensor.values
  }
}

extension Rows {
  /// Throws `params` for weights that are negative or not finite, and for those that are all 0.
  func checkWeights() throws(Fault) {
    guard let weights else { return }
    guard weights.count == count else {
      throw Fault(
        .params, "there are \(weights.count) weights for \(count) rows", path: "weights",
        expected: "\(count) weights", got: "\(weights.count)")
    }
    if let row = weights.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
      let got = JSON.float(weights[row]).line
      throw Fault(
        .params, "row \(row) has the weight \(got)", path: "weights",
        expected: "finite numbers from 0", got: got,
        hint: "leave the row out with a weight of 0, or give it another one")
    }
    guard weights.contains(where: { $0 > 0 }) else {
      throw Fault(
        .params, "all \(weights.count) weights are 0", path: "weights",
        expected: "at least one weight above 0", got: "0",
        hint: "leave \"weights\" out if all rows count alike")
    }
  }
}
