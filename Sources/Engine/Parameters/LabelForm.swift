import Declarations
import Files
import JSON
import Tensors
import Variational

/// A label for all rows, or one for each.
enum LabelForm: JSONForm, Equatable {
  case all(LabelName)
  case each([LabelName])

  static let schema = Schema(
    "a label, or a list of labels",
    [
      "anyOf": [
        ["type": "integer"], ["type": "string"],
        ["type": "array", "items": LabelName.schema.json],
      ]
    ])

  init(json: JSON) throws(Fault) {
    if json.elements != nil {
      self = .each(try [LabelName](json: json))
    } else {
      guard let label = try? LabelName(json: json) else {
        throw .misfit(expected: Self.schema.phrase, got: json)
      }
      self = .all(label)
    }
  }

  var json: JSON {
    switch self {
    case .all(let label): label.json
    case .each(let labels): labels.json
    }
  }

  /// Returns the label of each of `count` rows under the model. Throws `params` if there are more
  /// or fewer labels, and what names throw.
  func labels(_ count: Int, of model: Model, at member: String) throws(Fault) -> [Int] {
    switch self {
    case .all(let label):
      try Memory.require(Size(count) * 24, for: "\(count) labels")
      return Array(repeating: try label.label(of: model, at: member), count: count)
    case .each(let labels):
      guard labels.count == count else {
        throw Fault(
          .params, "expected a label for each of \(count) rows, got \(labels.count)",
          path: member, expected: "\(count) labels, or one for all", got: "\(labels.count)")
      }
      var numbers: [Int] = []
      numbers.reserveCapacity(count)
      for (position, label) in labels.enumerated() {
        numbers.append(try label.label(of: model, at: "\(member)[\(position)]"))
      }
      return numbers
    }
  }
}

extension Optional where Wrapped == LabelForm {
  /// Returns the conditioning labels of latents without examples; nil if the model has no
  /// condition.
  ///
  /// Throws `params` if a label is missing or is not allowed, and `support` if it is not a class of
  /// the model.
  func given(_ count: Int, for model: Model, at member: String = "label") throws(Fault) -> Labels? {
    guard let condition = model.condition else {
      guard let form = self else { return nil }
      throw Fault(
        .params, "the model has no condition and takes no labels", path: member,
        expected: "no \"\(member)\"", got: form.json.excerpt,
        hint: "build the model with \"condition\": {\"type\": \"label\"}")
    }
    guard let form = self else {
      throw Fault(
        .params, "expected a label, which the model is conditioned on, got nothing", path: member,
        expected: LabelForm.schema.phrase, got: "nothing", hint: "give \"\(member)\"")
    }
    let labels = Labels(try form.labels(count, of: model, at: member))
    try condition.check(labels, (0..<UInt32(count)).map { $0 }, at: member)
    return labels
  }
}

extension Model {
  /// The classes on which the model is conditioned, in ascending order; nil if it has no condition.
  var classes: [Int]? {
    (spec.condition?.product as? LabelCondition)?.classes?.labels
  }

  /// The names of those classes, or their labels; empty without a condition.
  var classNames: [String] {
    let names = (spec.condition?.product as? LabelCondition)?.names ?? []
    return (classes ?? []).enumerated().map { place, label in
      names.indices.contains(place) ? names[place] : "\(label)"
    }
  }
}
