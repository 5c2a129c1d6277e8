import Declarations
import JSON

/// The parts of one kind without their types, for the documentation.
package struct Catalogue: Sendable {
  /// The word for one of them, such as "layer".
  package let kind: String
  package let summary: String
  package let parts: [Entry]

  package struct Entry: Sendable {
    package let type: String
    package let summary: String
    package let options: Schema
  }

  init<K: Kind>(_: K.Type, _ summary: String) {
    kind = K.name
    self.summary = summary
    parts = K.registry.rows.map { row in
      let options = Schema(row.summary, ["description": .string(row.summary)])
      let examples = JSON.Member("examples", .array(row.examples))
      var schema = row.schema
      schema.members = options.members + schema.members + [examples]
      return Entry(type: row.type, summary: row.summary, options: schema)
    }
  }

  /// The schema of one of the parts, distinguished by `type`.
  package var schema: Schema {
    Schema(
      withArticle(kind),
      ["description": .string(summary), "oneOf": .array(parts.map(\.options.json))])
  }
}
