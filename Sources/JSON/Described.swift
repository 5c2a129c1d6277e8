/// A struct whose members are declared once: the declaration decodes it, refuses what it does not know, encodes it again, and
/// is its schema.
public protocol Described: JSONForm {
  init()
  static var fields: [Field<Self>] { get }
}

extension Described {
  public init(json: JSON) throws(Fault) {
    guard case .object(let members) = json else { throw .misfit(expected: "an object", got: json) }
    try self.init(members: members)
  }

  public init(members: [JSON.Member], besides known: [String] = []) throws(Fault) {
    self.init()
    let fields = Self.fields
    for member in members where !known.contains(member.name) {
      guard let field = fields.first(where: { $0.name == member.name }) else {
        throw Self.stranger(member, known: known + fields.map(\.name))
      }
      if member.value == .null, !field.isRequired { continue }
      try within(member.name) { () throws(Fault) in try field.read(member.value, &self) }
    }
    for field in fields where field.isRequired {
      guard members.contains(where: { $0.name == field.name }) else {
        throw Fault(
          .params, "expected \(field.schema.phrase), got nothing", path: field.name,
          expected: field.schema.phrase, got: "nothing", hint: "add \"\(field.name)\"")
      }
    }
  }

  private static func stranger(_ member: JSON.Member, known: [String]) -> Fault {
    let names = known.joined(separator: ", ")
    return Fault(
      .params, "no such member", path: member.name,
      expected: known.isEmpty ? "no members" : "one of \(names)",
      got: member.value.excerpt,
      hint: suggestion(for: member.name, among: known)
        ?? (known.isEmpty ? "there are no members here" : "the members are \(names)"))
  }

  /// The members in the order of their declaration; absent ones are left out.
  public var json: JSON {
    .object(
      Self.fields.compactMap { field in
        let value = field.write(self)
        return value == .null ? nil : JSON.Member(field.name, value)
      })
  }

  public static var schema: Schema { schema(isReply: false) }
  public static var replySchema: Schema { schema(isReply: true) }

  /// Of parameters, the members that must be given are required; of a reply, those that are always there.
  private static func schema(isReply: Bool) -> Schema {
    let required = fields.filter { $0.isRequired || isReply && !$0.isOptional }
    let properties = fields.map {
      JSON.Member($0.name, (isReply ? $0.replyDescribed : $0.described).json)
    }
    let schema = Schema(
      "an object",
      [
        "type": "object",
        "properties": .object(properties),
        "additionalProperties": false,
      ])
    if required.isEmpty { return schema }
    return schema.adding(JSON.Member("required", .array(required.map { .string($0.name) })))
  }
}

/// No members at all.
public struct Nothing: Described, Equatable {
  public init() {}
  public static let fields: [Field<Nothing>] = []
}
