import Declarations
import JSON
import Tensors

/// Rows of a NumPy file.
package struct NPYSource: Source {
  package static let type = "npy"
  package static let summary =
    "Rows of a NumPy file of numbers or truth values; the first extent is their number. Data above 64 MiB stay in their file, unless they are in Fortran's order."

  package var path = "rows.npy"
  package var labels: String?

  package init() {}

  package static let fields: [Field<NPYSource>] = [
    Field("path", \.path, "The file of the rows: their shape is [rows, …].", required: true),
    Field("labels", \.labels, "A file with the class of each row, in whole numbers."),
  ]

  package func load(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows {
    let (storage, shape) = try within("path") { () throws(Fault) in
      try StoredArray(npy: path).rows(checkpoint)
    }
    let classes = try labels.map { (path) throws(Fault) in
      try within("labels") { () throws(Fault) in
        try StoredArray(npy: path).classes(path, checkpoint)
      }
    }
    try checkpoint()
    return try Rows(storage, shape, labels: classes)
  }
}

extension Choice<SourceKind> {
  /// Rows of a NumPy file; the first extent counts them. An array of more than 64 MiB stays in its
  /// file, unless it is in Fortran's order.
  public static func npy(path: String, labels: String? = nil) -> Self {
    var module = NPYSource()
    module.path = path
    module.labels = labels
    return Choice(module) { $0 }
  }
}
