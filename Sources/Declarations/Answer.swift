import JSON

/// A struct that is written and never read: a reply, or part of one.
///
/// Its members are constants without defaults, so that a missing one does not compile.
package protocol Answer: JSONEncodable {
  static var members: [Member<Self>] { get }
}

extension Answer {
  /// The members in the order of their declaration, without absent ones.
  public var json: JSON {
    .object(
      Self.members.compactMap { member in
        let value = member.write(self)
        return value == .null ? nil : JSON.Member(member.name, value)
      })
  }

  /// The schema, in which members that are never absent are required.
  public static var replySchema: Schema {
    let members = members
    return Schema(
      objectOf: members.map { ($0.name, $0.described.json) },
      required: members.filter { !$0.isOptional }.map(\.name))
  }
}

extension Schema {
  /// The schema of an object with these properties and no others.
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
