import Declarations
import JSON
import Tensors

/// Rows of a NumPy file.
package struct NPYSource: Source {
  package static let type = "npy"
  package static let summary =
    "Rows of a NumPy file (\(types)); the first extent is their number. Data above 64 MiB stay in their file."
  private static let types = StoredArray.Element.allCases.map(\.rawValue).joined(separator: ", ")

  package var path = "rows.npy"
  package var labels: String?

  package init() {}

  package static let fields: [Field<NPYSource>] = [
    Field("path", \.path, "The file of the rows: their shape is [rows, …].", required: true),
    Field("labels", \.labels, "A file with the class of each row, in integers."),
  ]

  package func load(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows {
    let (storage, shape) = try within("path") { () throws(Fault) in
      try StoredArray(npy: path).rows(checkpoint)
    }
    let classes = try labels.map { (path) throws(Fault) in
      try within("labels") { () throws(Fault) in try StoredArray(npy: path).classes(path) }
    }
    try checkpoint()
    return try Rows(storage, shape, labels: classes)
  }
}

extension StoredArray {
  /// Returns the rows and the shape of one; the first extent is their number. Throws `shape`, `io`
  /// and `memory`.
  func rows(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> (Storage, Shape) {
    let row = try Shape(ofRowsOf: shape)
    return (try Storage(self, checkpoint), row)
  }

  /// Returns the numbers as classes; `name` is used in messages. Throws `shape`, `params`, `io` and
  /// `memory`.
  func classes(_ name: String) throws(Fault) -> [Int] {
    guard shape.extents.count == 1 else {
      throw Fault(
        .shape, "\(name): expected labels of shape [rows], got \(shape)",
        expected: "[rows]", got: "\(shape)")
    }
    guard let classes = try integers() else {
      throw Fault(.params, "\(name): expected whole numbers as labels")
    }
    return classes
  }
}

extension Choice<SourceKind> {
  /// Rows of a NumPy file; the first extent counts them. An array of more than 64 MiB stays in its
  /// file.
  public static func npy(path: String, labels: String? = nil) -> Self {
    var module = NPYSource()
    module.path = path
    module.labels = labels
    return Choice(module) { $0 }
  }
}
