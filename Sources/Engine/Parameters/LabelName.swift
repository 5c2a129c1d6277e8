import Declarations
import JSON
import Variational

/// A class, by its label or, if the model knows the names of its classes, by its name.
enum LabelName: JSONForm, Equatable {
  case label(Int)
  case name(String)

  static let schema = Schema(
    "a label, or the name of a class", ["anyOf": [["type": "integer"], ["type": "string"]]])

  init(json: JSON) throws(Fault) {
    if let name = json.text {
      self = .name(name)
    } else {
      guard let label = try? Int(json: json) else {
        throw .misfit(expected: Self.schema.phrase, got: json)
      }
      self = .label(label)
    }
  }

  var json: JSON {
    switch self {
    case .label(let label): .int(label)
    case .name(let name): .string(name)
    }
  }

  /// Returns the label. Throws `params` if the model's classes have no names, and `support` if none
  /// has this name.
  func label(of model: Model, at member: String) throws(Fault) -> Int {
    let name: String
    switch self {
    case .label(let label): return label
    case .name(let given): name = given
    }
    guard let condition = model.spec.condition?.product as? LabelCondition,
      let names = condition.names, let classes = condition.classes?.labels
    else {
      let labels = model.classes?.map(String.init).joined(separator: ", ")
      throw Fault(
        .params, "the model's classes have no names, got \(json.excerpt)", path: member,
        expected: labels.map { "one of \($0)" } ?? "no \"\(member)\"", got: json.excerpt,
        hint: "names come with data whose labels are words, or with \"names\" in the condition")
    }
    guard let place = names.firstIndex(of: name) else {
      let list = names.map { JSON.string($0).line }.joined(separator: ", ")
      throw Fault(
        .support, "\(json.excerpt) is not a class of the model", path: member,
        expected: "one of \(list)", got: json.excerpt,
        hint: suggestion(for: name, among: names) ?? "known: \(list)")
    }
    return classes[place]
  }
}
