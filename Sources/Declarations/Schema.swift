import JSON

/// A JSON Schema, and a phrase for error messages.
public struct Schema: Sendable, Equatable {
  /// The keywords of JSON Schema.
  public var members: [JSON.Member]
  /// Such as "an integer from 1 to 65536".
  public var phrase: String

  /// A schema; `phrase` says in an error what was expected.
  public init(_ phrase: String, _ members: KeyValuePairs<String, JSON>) {
    self.phrase = phrase
    self.members = members.map { JSON.Member($0.key, $0.value) }
  }

  public var json: JSON { .object(members) }

  /// Returns the schema with further members.
  public func adding(_ more: JSON.Member...) -> Schema {
    var schema = self
    schema.members += more
    return schema
  }
}

/// A Swift type that is written as JSON.
public protocol JSONEncodable: Sendable {
  /// The schema of the written form.
  static var replySchema: Schema { get }
  /// The written form; members that are `null` are left out.
  var json: JSON { get }
}

/// A Swift type that has exactly one JSON form, and is also read from it.
public protocol JSONForm: JSONEncodable {
  /// The schema of accepted values; the written form may be narrower.
  static var schema: Schema { get }
  /// Throws `params` if the value does not have this form.
  init(json: JSON) throws(Fault)
}

extension JSONForm {
  public static var replySchema: Schema { schema }
}

/// A schema is a value on the wire as well.
extension Schema: JSONForm {
  public static let schema = Schema("a JSON Schema", ["type": "object"])

  public init(json: JSON) throws(Fault) {
    guard case .object(let members) = json else {
      throw .misfit(expected: Self.schema.phrase, got: json)
    }
    self.members = members
    phrase = "a value"
  }
}

/// The range of allowed values: a value and not a closure, so that the check and the schema cannot
/// differ.
public struct Bounds<Value: JSONForm & Comparable>: Sendable {
  let minimum: Value?
  let maximum: Value?
  let isOpen: Bool

  /// The bounds of a number; `isOpen` excludes the minimum.
  public init(minimum: Value?, maximum: Value?, isOpen: Bool = false) {
    (self.minimum, self.maximum, self.isOpen) = (minimum, maximum, isOpen)
  }

  /// minimum <= value <= maximum.
  public static func from(_ minimum: Value, to maximum: Value? = nil) -> Self {
    Self(minimum: minimum, maximum: maximum, isOpen: false)
  }

  /// Greater than `minimum`, and not equal to it.
  public static func above(_ minimum: Value, to maximum: Value? = nil) -> Self {
    Self(minimum: minimum, maximum: maximum, isOpen: true)
  }

  /// Returns false for values that are not finite, even without one of the bounds, because the
  /// schema says a plain number.
  public func contains(_ value: Value) -> Bool {
    if let number = value as? any FloatingPoint, !number.isFinite { return false }
    if let minimum, isOpen ? !(value > minimum) : !(value >= minimum) { return false }
    if let maximum, !(value <= maximum) { return false }
    return true
  }

  /// Returns the schema of the values that are allowed.
  public func narrowing(_ schema: Schema) -> Schema {
    // In JSON Schema, members next to a reference are ignored; bounded numbers are plain numbers.
    let isReference = schema.members.contains { $0.name == "$ref" }
    var schema = isReference ? Schema(schema.phrase, ["type": "number"]) : schema
    if let minimum {
      let name = isOpen ? "exclusiveMinimum" : "minimum"
      schema.members.append(JSON.Member(name, minimum.json))
      schema.phrase += (isOpen ? " above " : " from ") + minimum.json.line
    }
    if let maximum {
      schema.members.append(JSON.Member("maximum", maximum.json))
      schema.phrase += (minimum == nil ? " up to " : " to ") + maximum.json.line
    }
    return schema
  }
}

extension Bounds where Value == Int {
  /// Counts of something that takes time and no memory, such as updates: every client can write
  /// them, and their sums cannot overflow.
  public static func count(from minimum: Int) -> Self { .from(minimum, to: seed.maximum) }

  /// Seeds, which every client can write, including those that only have doubles.
  public static var seed: Self { .from(0, to: 1 << 53 - 1) }
}
