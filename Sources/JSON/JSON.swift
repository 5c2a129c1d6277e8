/// A JSON value.
///
/// Objects keep the order of their members, because Swift's dictionaries have a different order in
/// every process, and a run must be the same to the byte. `float` and `floats` are numbers that
/// were float32; they are written in the shortest form that reads back as the same float32.
public enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  case int(Int)
  case real(Double)
  case float(Float)
  case string(String)
  case array([JSON])
  case floats([Float])
  case object([Member])

  /// A member of an object.
  public struct Member: Sendable, Equatable {
    public var name: String
    /// The member's value.
    public var value: JSON

    /// A member with this name and value.
    public init(_ name: String, _ value: JSON) {
      self.name = name
      self.value = value
    }
  }

  /// The member of an object named `name`; nil for other values and other names.
  public subscript(name: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// The elements of an array; nil for other values.
  public var elements: [JSON]? {
    switch self {
    case .array(let elements): elements
    case .floats(let values): values.map { .float($0) }
    default: nil
    }
  }

  /// The text of a string; nil for other values.
  public var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// Returns at most `limit` characters of the value's text, for messages.
  public func excerpt(limit: Int = 60) -> String {
    switch self {
    case .array(let elements) where elements.count > 8: return "a list of \(elements.count)"
    case .floats(let values) where values.count > 8: return "a list of \(values.count)"
    case .object(let members) where members.count > 8:
      return "an object of \(members.count) members"
    case .string(let text) where text.utf8.count > limit:
      return JSON.string(text.prefix(limit) + "…").line
    default:
      let text = line
      return text.count <= limit ? text : text.prefix(limit) + "…"
    }
  }

  /// The document in at most 60 characters, for an error.
  public var excerpt: String { excerpt() }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .real(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(elements.map { Member($0.0, $0.1) })
  }
}
