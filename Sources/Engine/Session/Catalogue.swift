import Declarations
import JSON

/// The parts of one kind without their types, for the documentation.
public struct Catalogue: Sendable {
  /// The word for one of them, such as "layer".
  public let kind: String
  public let summary: String
  public let parts: [Part]

  public struct Part: Sendable {
    public let type: String
    public let summary: String
    public let options: Schema
  }

  init<K: Kind>(_: K.Type, _ summary: String) {
    kind = K.name
    self.summary = summary
    parts = K.registry.rows.map { row in
      let options = Schema(row.summary, ["description": .string(row.summary)])
      let examples = JSON.Member("examples", .array(row.examples))
      var schema = row.schema
      schema.members = options.members + schema.members + [examples]
      return Part(type: row.type, summary: row.summary, options: schema)
    }
  }

  /// The schema of one of the parts, distinguished by `type`.
  public var schema: Schema {
    Schema(
      withArticle(kind),
      ["description": .string(summary), "oneOf": .array(parts.map(\.options.json))])
  }
}
