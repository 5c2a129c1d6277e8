import DataSources
import Declarations
import JSON

extension Property<SourceExample> {
  /// The properties of every source, one line each.
  package static var all: [Property<SourceExample>] {
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
      "the rows differ the second time")
  }
}
