import JSON
import Tensors

/// Rows of a NumPy file.
public struct NPYSource: Source {
  public static let type = "npy"
  public static let summary =
    "Rows of a NumPy file (uint8, float32, float64, int64); the first extent counts them."

  public var path = "rows.npy"
  public var labels: String?

  public init() {}

  public static let fields: [Field<NPYSource>] = [
    Field("path", \.path, "The file of the rows: their shape is [rows, …].", required: true),
    Field("labels", \.labels, "A file with the class of each row, in integers."),
  ]

  public func load() throws(Fault) -> Rows {
    let array = try within("path") { () throws(Fault) in try NPY(contentsOf: path) }
    let shape = try within("path") { () throws(Fault) in try Shape(ofRowsOf: array.shape) }
    let storage: Storage =
      if case .bytes(let values) = array.values { .bytes(values) } else {
        .floats(array.tensor.values)
      }
    return try Rows(storage, shape, labels: try classes())
  }

  private func classes() throws(Fault) -> [Int]? {
    guard let labels else { return nil }
    return try within("labels") { () throws(Fault) in
      let array = try NPY(contentsOf: labels)
      guard array.shape.extents.count == 1 else {
        throw Fault(
          .shape, "\(labels): expected labels of shape [rows], got \(array.shape)",
          expected: "[rows]", got: "\(array.shape)")
      }
      switch array.values {
      case .bytes(let values): return values.map { Int($0) }
      case .integers(let values): return values
      case .floats, .doubles:
        let classes = array.doubles.compactMap { Int(exactly: $0) }
        guard classes.count == array.doubles.count else {
          throw Fault(.params, "\(labels): expected whole numbers as labels")
        }
        return classes
      }
    }
  }
}
