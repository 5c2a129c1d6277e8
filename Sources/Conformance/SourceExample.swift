import DataSources
import Declarations
import JSON

/// An example of a registered source, on which the properties of sources are checked.
public struct SourceExample: CustomStringConvertible, Sendable {
  public let json: JSON
  public var description: String { json.line }

  public init(_ json: JSON) { self.json = json }

  /// The examples of every registered source.
  public static var all: [SourceExample] {
    SourceKind.registry.rows.flatMap { $0.examples.map(Self.init) }
  }

  var choice: Choice<SourceKind> { get throws(Fault) { try Choice<SourceKind>(json: json) } }
}
