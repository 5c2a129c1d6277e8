import Declarations
import JSON

/// The protocol's arrays: `{"shape", "values"}`, `{"shape", "dtype", "base64"}`, `{"path"}` of a
/// NumPy file, or nested lists.
package struct TensorForm: JSONForm, Equatable {
  private enum Content: Equatable {
    case given(Tensor, Encoding)
    case file(path: String, Shape?)
  }

  private let content: Content

  /// A tensor for a reply.
  package init(_ tensor: Tensor, _ encoding: Encoding = .values) {
    content = .given(tensor, encoding)
  }

  /// A tensor for a reply; written to the NumPy file `path` if one is named, which may `replace` a
  /// file of another kind.
  package init(
    _ tensor: Tensor, _ encoding: Encoding?, path: String?, replace: Bool = false,
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    guard let path else {
      self.init(tensor, encoding ?? .values)
      return
    }
    try NPY.write(tensor, to: path, replace: replace, checkpoint: checkpoint)
    self.init(path: path, tensor.shape)
  }

  /// A tensor that is already in a NumPy file.
  package init(path: String, _ shape: Shape?) { content = .file(path: path, shape) }

  /// Returns the numbers, reading them from their file if they are in one. Throws what `NPY`
  /// throws, and `shape`.
  package func tensor() throws(Fault) -> Tensor {
    switch content {
    case .given(let tensor, _): return tensor
    case .file(let path, let shape):
      return try within("path") { () throws(Fault) in
        let file = try NPY(contentsOf: path)
        if let (number, place) = file.beyondFloat32 {
          throw .beyondFloat32(.params, path, number, at: place)
        }
        let tensor = file.tensor
        guard shape == nil || shape == tensor.shape else {
          throw Fault(
            .shape, "\(path) has shape \(tensor.shape), not \(shape ?? [])",
            expected: "\(shape ?? [])", got: "\(tensor.shape)")
        }
        return tensor
      }
    }
  }

  package init(json: JSON) throws(Fault) {
    if case .object = json {
      content = try Members(json: json).content()
    } else {
      var nest = Nest()
      let shape = Shape(try nest.extents(of: json))
      content = .given(Tensor(shape, nest.values), .values)
    }
  }

  package var json: JSON {
    switch content {
    case .given(let tensor, .values):
      ["shape": tensor.shape.json, "values": .floats(tensor.values)]
    case .given(let tensor, .base64):
      [
        "shape": tensor.shape.json, "dtype": "float32",
        "base64": .string(Base64.encode(tensor.values)),
      ]
    case .file(let path, let shape):
      .object(
        (shape.map { [JSON.Member("shape", $0.json)] } ?? [])
          + [JSON.Member("path", .string(path))])
    }
  }

  package static let schema = Schema(
    "an array: {\"shape\", \"values\"}, {\"shape\", \"dtype\", \"base64\"}, {\"path\"} or nested lists",
    ["$ref": "#/components/schemas/Array"])

  package static let replySchema = Schema(
    "an array: {\"shape\", \"values\"}, {\"shape\", \"dtype\", \"base64\"} or {\"shape\", \"path\"}",
    ["$ref": "#/components/schemas/ArrayReply"])

  /// The schema to which parameters refer.
  package static var component: Schema {
    let forms = [["shape", "values"], ["shape", "base64"], ["path"]]
    return Schema(
      schema.phrase,
      [
        "description":
          "Numbers with a shape: row-major values, base64 of little-endian float32, or a NumPy file; or nested lists.",
        "anyOf": .array(
          forms.map(Members.form)
            + [["type": "array", "items": ["$ref": "#/components/schemas/Nest"], "minItems": 1]]),
      ])
  }

  /// The schema to which replies refer.
  package static var replyComponent: Schema {
    let forms = [["shape", "values"], ["shape", "dtype", "base64"], ["shape", "path"]]
    return Schema(
      replySchema.phrase,
      [
        "description":
          "Numbers with a shape: row-major values, base64 of little-endian float32, or a NumPy, safetensors or CSV file.",
        "anyOf": .array(forms.map(Members.form)),
      ])
  }

  /// A number, or a list of these: the elements of nested lists.
  package static let nestComponent = Schema(
    "a number or a list",
    [
      "description": "A number, or a list of such lists of equal length.",
      "anyOf": [
        Double.schema.json,
        ["type": "array", "items": ["$ref": "#/components/schemas/Nest"], "minItems": 1],
      ],
    ])

  /// The object's members; exactly one of them holds the numbers.
  private struct Members: Described {
    var shape: Shape?
    var values: Numbers?
    var dtype: DType?
    var base64: String?
    var path: String?

    static let fields: [Field<Members>] = [
      Field("shape", \.shape, "Extents, outermost first."),
      Field("values", \.values, "The numbers, row-major."),
      Field("dtype", \.dtype, "The type of the numbers in base64."),
      Field("base64", \.base64, "The bytes of the numbers, little-endian and row-major."),
      Field("path", \.path, "A NumPy file with the numbers."),
    ]

    /// Returns the schema of an object with the members `required`. In a parameter, the other
    /// members may occur beside them only if they do not hold the numbers themselves.
    static func form(_ required: [String]) -> JSON {
      let numbers = ["values", "base64", "path"]
      let others = numbers.filter { !required.contains($0) }
      let members = fields.filter { !others.contains($0.name) }
        .filter { $0.name != "dtype" || required.contains("base64") }
      return [
        "type": "object",
        "properties": .object(members.map { JSON.Member($0.name, $0.described.json) }),
        "additionalProperties": false, "required": .array(required.map { .string($0) }),
      ]
    }

    func content() throws(Fault) -> Content {
      let given = [values == nil ? nil : "values", base64.map { _ in "base64" }]
      let names = (given + [path.map { _ in "path" }]).compactMap { $0 }
      guard names.count == 1 else {
        let got = names.isEmpty ? "none of them" : names.joined(separator: " and ")
        throw .misfit(
          expected: "one of values, base64 and path", got: got, at: names.last ?? "",
          hint: "{\"shape\": [2, 3], \"values\": […]}, {\"path\": \"x.npy\"} or nested lists")
      }
      if let path { return .file(path: path, shape) }
      guard let shape else {
        let phrase = Shape.schema.phrase
        throw .misfit(expected: phrase, got: "nothing", at: "shape", hint: "add \"shape\"")
      }
      let numbers: [Float]
      if let base64 {
        numbers = try within("base64") { () throws(Fault) in
          try Base64.decode(base64, as: Float.self)
        }
      } else {
        numbers = values?.values ?? []
      }
      guard numbers.count == shape.count else {
        let expected = "\(shape.count) numbers, as shape \(shape) says"
        throw .misfit(expected: expected, got: "\(numbers.count)", at: names[0])
      }
      return .given(Tensor(shape, numbers), base64 == nil ? .values : .base64)
    }
  }
}

/// The type of the bytes in base64.
private enum DType: String, Word {
  case float32
}

/// A flat list of numbers.
private struct Numbers: JSONForm {
  let values: [Float]
  var json: JSON { .floats(values) }
  static var schema: Schema { [Float].schema }

  init(json: JSON) throws(Fault) {
    var nest = Nest()
    guard try nest.extents(of: json).count == 1 else {
      throw Fault(.params, "expected a flat list of numbers, got nested lists", path: "[0]")
    }
    values = nest.values
  }
}

/// Nested lists of equal lengths, flattened.
private struct Nest {
  var values: [Float] = []

  /// Returns the extents of `json`, and appends its numbers to `values`.
  mutating func extents(of json: JSON) throws(Fault) -> [Int] {
    if case .floats(let numbers) = json, !numbers.isEmpty {
      values += numbers
      return [numbers.count]
    }
    guard case .array(let elements) = json, let first = elements.first else {
      throw .misfit(expected: "a list with at least one element", got: json)
    }
    guard first.elements != nil else {
      try numbers(elements)
      return [elements.count]
    }
    var inner: [Int]?
    for (position, element) in elements.enumerated() {
      do throws(Fault) {
        let extents = try self.extents(of: element)
        guard inner == nil || inner == extents else {
          throw .misfit(expected: "lists of \(Shape(inner ?? [])) numbers throughout", got: element)
        }
        inner = extents
      } catch { throw error.within("[\(position)]") }
    }
    return [elements.count] + (inner ?? [])
  }

  private mutating func numbers(_ elements: [JSON]) throws(Fault) {
    values.reserveCapacity(values.count + elements.count)
    for (position, element) in elements.enumerated() {
      guard let number = try? Double(json: element), !number.isFinite || Float(number).isFinite
      else {
        throw .misfit(
          expected: "a number of float32", got: element, at: "[\(position)]",
          hint: element.text.map { _ in
            "a word goes by its number: its place from 0 among the column's \"categories\" in data.info"
          })
      }
      values.append(Float(number))
    }
  }
}
