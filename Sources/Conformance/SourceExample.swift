import DataSources
import Declarations
import JSON

/// An example of a registered source, on which the properties of sources are checked.
package struct SourceExample: CustomStringConvertible, Sendable {
  package let json: JSON
  package var description: String { json.line }

  package init(_ json: JSON) { self.json = json }

  /// The examples of every registered source.
  package static var all: [SourceExample] {
    SourceKind.registry.rows.flatMap { $0.examples.map(Self.init) }
  }

  var choice: Choice<SourceKind> { get throws(Fault) { try Choice<SourceKind>(json: json) } }
}
