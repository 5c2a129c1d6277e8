import Declarations
import Files
import JSON
import Tensors

/// The rows that a run takes of its data, and their labels if it uses them: with the values' hash,
/// this identifies the rows of a saved trainer.
package struct RowsRecord: Described, Equatable {
  package var count = 0
  /// The first rows, for people who read the file.
  package var first: [Int] = []
  package var sha256 = ""
  package var labels: String?
  package var weights: String?
  package var certainLevel: Double?

  package init() {}

  /// Describes these rows, in their order; with their labels if the model is conditioned on them or
  /// the classes are balanced.
  package init(
    _ rows: [UInt32], of data: any Examples, for model: Model, isBalanced: Bool = false
  ) {
    count = rows.count
    first = rows.prefix(8).map { Int($0) }
    sha256 = SHA256.hex(rows)
    certainLevel = data.certainLevel.map { Double($0) }
    weights = data.weights.map { weights in SHA256.hex(rows.map { weights[Int($0)] }) }
    guard model.condition != nil || isBalanced, let all = data.labels else { return }
    labels = SHA256.hex(rows.map { Int64(all[Int($0)]) })
  }

  package static let fields: [Field<RowsRecord>] = [
    Field("count", \.count, "Number of rows."),
    Field("first", \.first, "The first rows, counted from 0."),
    Field(
      "sha256", \.sha256,
      "SHA-256 of the rows' places in the data, in order, as little-endian uint32."),
    Field(
      "labels", \.labels, "SHA-256 of the labels as little-endian int64, if they are used."),
    Field(
      "weights", \.weights,
      "SHA-256 of the rows' weights as little-endian float32, if they have weights."),
    Field(
      "certainLevel", \.certainLevel,
      "The level that is always 1, if rows are binarised at random."),
  ]

  /// Throws `wrongState` if these rows differ from `saved`; `what` says whose they are.
  package func require(_ saved: RowsRecord, _ what: String) throws(Fault) {
    if sha256 != saved.sha256 || count != saved.count {
      throw Self.differs("\(what) are other ones", saved.phrase, phrase, Self.loadAlike)
    }
    if labels != saved.labels {
      throw Self.differs(
        "\(what) have other labels", Self.phrase("labels", saved.labels),
        Self.phrase("labels", labels),
        "load the data with the same labels")
    }
    if weights != saved.weights {
      throw Self.differs(
        "\(what) have other weights", Self.phrase("weights", saved.weights),
        Self.phrase("weights", weights),
        "load the data with the same \"weights\"")
    }
    if certainLevel != saved.certainLevel {
      throw Self.differs(
        "\(what) are binarised by another scale", "level \(saved.certainLevel.json.line) always 1",
        "level \(certainLevel.json.line) always 1", "load the data from the same kind of file")
    }
  }

  private static let loadAlike = "load the data with the same \"split\": its sizes and its seed"

  private var phrase: String {
    let some = first.map { "\($0)" }.joined(separator: ", ")
    return
      "\(count) rows: \(some)\(count > first.count ? ", …" : "") (sha256 \(sha256.prefix(16))…)"
  }

  private static func phrase(_ what: String, _ digest: String?) -> String {
    digest.map { "\(what) of sha256 \($0.prefix(16))…" } ?? "no \(what)"
  }

  /// Returns the fault for data that differ from the file's.
  package static func differs(
    _ message: String, _ expected: String, _ got: String, _ hint: String
  ) -> Fault {
    Fault(
      .wrongState, "\(message) than when the trainer was saved: it had \(expected), now \(got)",
      path: "data", expected: expected, got: got, hint: hint + ", or give \"force\": true")
  }
}
