import Declarations
import JSON
import Tensors

/// A number for each update: a plain list, or an array if an encoding or a path was requested.
enum NumberList: JSONForm {
  case list([Float])
  case array(TensorForm)

  static let schema = Schema(
    "a list of numbers or an array",
    ["anyOf": [[Float].replySchema.json, TensorForm.replySchema.json]])

  init(json: JSON) throws(Fault) {
    self =
      json.elements == nil ? .array(try TensorForm(json: json)) : .list(try [Float](json: json))
  }

  var json: JSON {
    switch self {
    case .list(let values): .floats(values)
    case .array(let form): form.json
    }
  }
}
