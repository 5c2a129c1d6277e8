import JSON

extension Bool: JSONForm {
  public static let schema = Schema("true or false", ["type": "boolean"])
  public init(json: JSON) throws(Fault) {
    guard case .bool(let value) = json else {
      throw .misfit(expected: Self.schema.phrase, got: json)
    }
    self = value
  }
  public var json: JSON { .bool(self) }
}

extension Int: JSONForm {
  public static let schema = Schema("an integer", ["type": "integer"])
  public init(json: JSON) throws(Fault) {
    switch json {
    case .int(let value): self = value
    // 100.0 is an integer in JSON Schema too, and for clients that only have doubles.
    case .real(let value):
      guard let exact = Int(exactly: value) else { fallthrough }
      self = exact
    default: throw .misfit(expected: Self.schema.phrase, got: json)
    }
  }
  public var json: JSON { .int(self) }
}

extension Double: JSONForm {
  public static let schema = Schema("a number", ["$ref": "#/components/schemas/Number"])
  /// The schema to which others refer.
  public static let component = Schema(
    "a number",
    [
      "description": "A number; numbers that are not finite are written as strings.",
      "anyOf": [["type": "number"], ["enum": ["NaN", "Infinity", "-Infinity"]]],
    ])
  public init(json: JSON) throws(Fault) {
    switch json {
    case .int(let value): self = Double(value)
    case .real(let value): self = value
    case .float(let value): self = Double(value)
    case .string("NaN"): self = .nan
    case .string("Infinity"): self = .infinity
    case .string("-Infinity"): self = -.infinity
    default: throw .misfit(expected: Self.schema.phrase, got: json)
    }
  }
  public var json: JSON { .real(self) }
}

extension Float: JSONForm {
  public static var schema: Schema { Double.schema }
  public init(json: JSON) throws(Fault) {
    let value = try Double(json: json)
    self = Float(value)
    guard isFinite || !value.isFinite else {
      throw .misfit(expected: "a number within float32's range, up to 3.4e38", got: json)
    }
  }
  public var json: JSON { .float(self) }
}

extension String: JSONForm {
  public static let schema = Schema("a string", ["type": "string"])
  public init(json: JSON) throws(Fault) {
    guard case .string(let value) = json else {
      throw .misfit(expected: Self.schema.phrase, got: json)
    }
    self = value
  }
  public var json: JSON { .string(self) }
}

/// Any JSON value, unchanged.
extension JSON: JSONForm {
  public static let schema = Schema("any value", [:])
  public init(json: JSON) throws(Fault) { self = json }
  public var json: JSON { self }
}

extension Optional: JSONEncodable where Wrapped: JSONEncodable {
  public static var replySchema: Schema { Wrapped.replySchema }
  public var json: JSON { map(\.json) ?? .null }
}

extension Optional: JSONForm where Wrapped: JSONForm {
  public static var schema: Schema { Wrapped.schema }
  public init(json: JSON) throws(Fault) { self = json == .null ? nil : try Wrapped(json: json) }
}

extension Array: JSONEncodable where Element: JSONEncodable {
  public static var replySchema: Schema { list(of: Element.replySchema) }

  public var json: JSON {
    if let floats = self as? [Float] { return .floats(floats) }
    return .array(map(\.json))
  }

  fileprivate static func list(of element: Schema) -> Schema {
    Schema("a list, each \(element.phrase)", ["type": "array", "items": element.json])
  }
}

extension Array: JSONForm where Element: JSONForm {
  public static var schema: Schema { list(of: Element.schema) }

  public init(json: JSON) throws(Fault) {
    guard let elements = json.elements else {
      throw .misfit(expected: Self.schema.phrase, got: json, hint: Self.wayOut(json))
    }
    self = []
    reserveCapacity(elements.count)
    for (position, element) in elements.enumerated() {
      append(try within("[\(position)]") { () throws(Fault) in try Element(json: element) })
    }
  }
}

extension Array where Element: JSONForm {
  /// Returns a hint for an element that stands alone where a list is wanted.
  private static func wayOut(_ json: JSON) -> String? {
    do throws(Fault) {
      _ = try Element(json: json)
      return "a list of one is [\(json.excerpt)]"
    } catch {
      return error.path.isEmpty ? error.hint : nil
    }
  }
}

/// A string from a fixed set: an enumeration whose raw values are the words.
public protocol Word: JSONForm, CaseIterable, RawRepresentable where RawValue == String {}

extension Word {
  public static var schema: Schema {
    let words = allCases.map(\.rawValue)
    return Schema(
      "one of " + words.map { "\"\($0)\"" }.joined(separator: ", "),
      ["type": "string", "enum": .array(words.map { .string($0) })])
  }

  public init(json: JSON) throws(Fault) {
    guard let word = json.text.flatMap(Self.init(rawValue:)) else {
      throw .misfit(
        expected: Self.schema.phrase, got: json,
        hint: json.text.flatMap { suggestion(for: $0, among: Self.allCases.map(\.rawValue)) })
    }
    self = word
  }

  public var json: JSON { .string(rawValue) }
}

/// An object whose member names are data, such as parameter names.
public struct Named<Value: JSONForm>: JSONForm {
  /// The values with their names, in the order of the document.
  public var members: [(name: String, value: Value)]

  /// An object of these members.
  public init(_ members: [(name: String, value: Value)] = []) { self.members = members }

  public static var schema: Schema { object(of: Value.schema) }
  public static var replySchema: Schema { object(of: Value.replySchema) }

  private static func object(of value: Schema) -> Schema {
    Schema(
      "an object, each member \(value.phrase)",
      ["type": "object", "additionalProperties": value.json])
  }

  public init(json: JSON) throws(Fault) {
    guard case .object(let given) = json else {
      throw .misfit(expected: Self.schema.phrase, got: json)
    }
    members = []
    for member in given {
      let value = try within(member.name) { () throws(Fault) in try Value(json: member.value) }
      members.append((member.name, value))
    }
  }

  public var json: JSON { .object(members.map { JSON.Member($0.name, $0.value.json) }) }
}

extension Named: Equatable where Value: Equatable {
  public static func == (a: Named, b: Named) -> Bool {
    a.members.elementsEqual(b.members) { $0.name == $1.name && $0.value == $1.value }
  }
}
