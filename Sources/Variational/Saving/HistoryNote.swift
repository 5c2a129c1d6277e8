import Declarations
import Files
import JSON
import Tensors

/// What a checkpoint says about the updates in the history file of its folder.
struct HistoryNote: Described {
  var updates = 0
  var sha256 = ""

  init() {}

  static let fields: [Field<HistoryNote>] = [
    Field("updates", \.updates, "Number of updates.", required: true, .count(from: 0)),
    Field(
      "sha256", \.sha256,
      "SHA-256 of the updates' bytes in the history file, up to that number.", required: true),
  ]

  /// The name of the note in a file's metadata.
  static let name = "history"
  /// The bytes of an update in the history file: reconstruction, divergence and objective.
  static let width = 12

  /// Returns the updates from the history file beside `path`; the file may have more. Throws
  /// `badFile` if they are not those of this note.
  func triples(beside path: String) throws(Fault) -> [Float] {
    let place = CheckpointFolder.history(in: CheckpointFolder.folder(of: path))
    let file = try OpenFile(place)
    let bytes = Size(updates) * Size(Self.width)
    guard let count = bytes.exactly, count <= file.size else {
      throw Fault(
        .badFile, "\(place) has \(file.size / Self.width) updates, and \(path) needs \(updates)",
        path: "path", expected: "\(updates) updates", got: "\(file.size / Self.width)",
        hint: "copy the folder as a whole")
    }
    let found = try file.bytes(at: 0, count: count)
    guard SHA256.hex(found) == sha256 else {
      throw Fault(
        .badFile, "\(place) does not have the updates that \(path) was saved with", path: "path",
        expected: "sha256 \(sha256)", got: SHA256.hex(found),
        hint: "the folder was changed, or its files are from two runs")
    }
    return found.values(Float.self, at: 0, count: count / 4)
  }
}
