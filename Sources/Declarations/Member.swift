import JSON

/// One member of an answer.
public struct Member<Root>: Sendable {
  public let name: String
  public let summary: String
  public let schema: Schema
  /// May be absent.
  public let isOptional: Bool
  /// Says something of the machine or of the moment, and nothing of what was asked for: two runs
  /// of the same requests differ in it.
  public let isVolatile: Bool
  let write: @Sendable (Root) -> JSON

  /// The schema with its description.
  var described: Schema { schema.adding(JSON.Member("description", .string(summary))) }
}

extension Member where Root: Answer {
  public init<Value: JSONEncodable>(
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

  /// The same in other words.
  public func saying(_ summary: String?) -> Member {
    Member(
      name: name, summary: summary ?? self.summary, schema: schema, isOptional: isOptional,
      isVolatile: isVolatile, write: write)
  }

  /// The members of an answer, written among those of the one that holds it.
  public static func all<Inner: Answer>(
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

/// What may be absent.
protocol OptionalForm {}
extension Optional: OptionalForm {}
