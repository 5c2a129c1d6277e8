import JSON

/// A struct whose members are declared once: the declaration decodes it, refuses unknown members,
/// encodes it, and gives its schema.
public protocol Described: JSONForm {
  /// All options at their defaults.
  init()
  /// All options, one field each.
  static var fields: [Field<Self>] { get }
}

extension Described {
  public init(json: JSON) throws(Fault) {
    guard case .object(let members) = json else { throw .misfit(expected: "an object", got: json) }
    try self.init(members: members)
  }

  /// Decodes the options in `members`. Throws `params` for an option that is neither declared nor
  /// `known`.
  public init(members: [JSON.Member], besides known: [String] = []) throws(Fault) {
    self.init()
    try Self.fields.read(members, besides: known, into: &self)
  }

  /// The members in the order of their declaration, without absent ones.
  public var json: JSON { Self.fields.json(of: self) }

  public static var schema: Schema { fields.schema() }
  public static var replySchema: Schema { fields.schema(isReply: true) }
}

/// An object without members.
public struct Nothing: Described, Equatable {
  public init() {}
  public static let fields: [Field<Nothing>] = []
}

extension Nothing: Answer {
  /// The members of the reply.
  public static let members: [Member<Nothing>] = []
  public var json: JSON { .object([]) }
  public static var replySchema: Schema { fields.schema(isReply: true) }
}
