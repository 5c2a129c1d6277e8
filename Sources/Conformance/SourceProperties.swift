import DataSources
import JSON

/// An example of a registered source: what the properties of sources are about.
public struct SourceExample: CustomStringConvertible, Sendable {
  public let json: JSON
  public var description: String { json.line }

  public init(_ json: JSON) { self.json = json }

  /// Those of every registered source.
  public static var all: [SourceExample] {
    SourceKind.registry.rows.flatMap { $0.examples.map(Self.init) }
  }

  var choice: Choice<SourceKind> { get throws(Fault) { try Choice<SourceKind>(json: json) } }
}

extension Property<SourceExample> {
  /// What holds for every source, one line each.
  public static var all: [Property<SourceExample>] {
    [
      .optionsComeBack,
      .endsWhenItIsNoLongerWanted,
      .rowsAreNumbers,
      .rowsComeBack,
    ]
  }

  static let optionsComeBack = Property("options come back from JSON") {
    (example, findings) throws(Fault) in
    let json = try example.choice.json
    findings.expect(json == example.json, "\(example.json.line) became \(json.line)")
    let again = try Choice<SourceKind>(json: try JSON(parsing: json.line)).json
    findings.expect(again == example.json, "\(example.json.line) became \(again.line)")
  }

  static let endsWhenItIsNoLongerWanted = Property("a load that is cancelled ends") {
    (example, findings) throws(Fault) in
    let source = try example.choice.product
    do throws(Fault) {
      _ = try source.load { () throws(Fault) in throw Fault(.cancelled, "not wanted") }
      findings.add("it goes on")
    } catch {
      findings.expect(error.kind == .cancelled, "it fails instead: \(error.message)")
    }
  }

  static let rowsAreNumbers = Property("rows are finite numbers") {
    (example, findings) throws(Fault) in
    let set = try DataSet.load(try example.choice)
    findings.expect(set.count > 0, "there are no rows")
  }

  static let rowsComeBack = Property("the same options load the same rows") {
    (example, findings) throws(Fault) in
    let first = try DataSet.load(try example.choice)
    let second = try DataSet.load(try example.choice)
    findings.expect(
      first.sha256 == second.sha256 && first.labels == second.labels
        && first.shape == second.shape,
      "the second time the rows are others")
  }
}
