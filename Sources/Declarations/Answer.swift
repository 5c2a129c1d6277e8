import JSON

/// A struct that is written and never read: a reply, or a part of one.
///
/// Its members are constants without defaults, so that one that nobody has given does not compile.
public protocol Answer: JSONEncodable {
  static var members: [Member<Self>] { get }
}

extension Answer {
  /// The members in the order of their declaration; absent ones are left out.
  public var json: JSON {
    .object(
      Self.members.compactMap { member in
        let value = member.write(self)
        return value == .null ? nil : JSON.Member(member.name, value)
      })
  }

  /// Members that are always there are required.
  public static var replySchema: Schema {
    let members = members
    return Schema(
      objectOf: members.map { ($0.name, $0.described.json) },
      required: members.filter { !$0.isOptional }.map(\.name))
  }
}

extension Schema {
  /// An object with these properties and no others.
  init(objectOf properties: [(name: String, json: JSON)], required: [String]) {
    self.init(
      "an object",
      [
        "type": "object",
        "properties": .object(properties.map { JSON.Member($0.name, $0.json) }),
        "additionalProperties": false,
      ])
    guard !required.isEmpty else { return }
    members.append(JSON.Member("required", .array(required.map { .string($0) })))
  }
}
