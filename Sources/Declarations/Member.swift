import JSON

/// One member of an answer.
public struct Member<Root>: Sendable {
  public let name: String
  public let summary: String
  public let schema: Schema
  /// Whether it may be absent.
  public let isOptional: Bool
  /// Whether it describes the machine or the moment, and not the request: it differs between two
  /// runs of the same requests.
  public let isVolatile: Bool
  let write: @Sendable (Root) -> JSON

  /// The schema with its description.
  var described: Schema { schema.adding(JSON.Member("description", .string(summary))) }
}

extension Member where Root: Answer {
  package init<Value: JSONEncodable>(
    _ name: String, _ path: any KeyPath<Root, Value> & Sendable, _ summary: String,
    isVolatile: Bool = false
  ) {
    self.name = name
    self.summary = summary
    self.isVolatile = isVolatile
    schema = Value.replySchema
    isOptional = (Value.self as? any OptionalForm.Type) != nil
    write = { $0[keyPath: path].json }
  }

  /// Returns the same member with another description, if one is given.
  package func saying(_ summary: String?) -> Member {
    Member(
      name: name, summary: summary ?? self.summary, schema: schema, isOptional: isOptional,
      isVolatile: isVolatile, write: write)
  }

  /// Returns the members of an answer, to be declared among those of the answer that contains it.
  package static func all<Inner: Answer>(
    of path: any KeyPath<Root, Inner> & Sendable
  ) -> [Member] {
    Inner.members.map { member in
      Member(
        name: member.name, summary: member.summary, schema: member.schema,
        isOptional: member.isOptional, isVolatile: member.isVolatile,
        write: { member.write($0[keyPath: path]) })
    }
  }
}

/// A form that may be absent.
protocol OptionalForm {}
extension Optional: OptionalForm {}
