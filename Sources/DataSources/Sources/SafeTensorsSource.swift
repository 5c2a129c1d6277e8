import Declarations
import JSON
import Tensors

/// Rows of a tensor in a safetensors file.
package struct SafeTensorsSource: Source {
  package static let type = "safetensors"
  package static let summary =
    "Rows of a tensor in a safetensors file (\(types)); the first extent is their number. Data above 64 MiB stay in their file."
  private static let types = StoredArray.Element.allCases.map(\.names.safetensors)
    .joined(separator: ", ")

  package var path = "rows.safetensors"
  package var tensor: String?
  package var labels: String?

  package init() {}

  package static let examples: [SafeTensorsSource] = {
    var named = SafeTensorsSource()
    (named.tensor, named.labels) = ("rows", "classes")
    return [SafeTensorsSource(), named]
  }()

  package static let fields: [Field<SafeTensorsSource>] = [
    Field("path", \.path, "The file.", required: true),
    Field(
      "tensor", \.tensor,
      "The tensor with the rows, of shape [rows, …]; the only tensor if left out."),
    Field("labels", \.labels, "The tensor with the class of each row, in whole numbers."),
  ]

  package func load(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows {
    let array = try find(tensor, "tensor")
    let (storage, shape) = try within("tensor") { () throws(Fault) in try array.rows(checkpoint) }
    let classes = try labels.map { (name) throws(Fault) in
      let array = try find(name, "labels")
      return try within("labels") { () throws(Fault) in try array.classes(name, checkpoint) }
    }
    try checkpoint()
    return try Rows(storage, shape, labels: classes)
  }

  /// Returns the tensor `name`, or the only one. An unknown name is a fault of its member, and
  /// everything else a fault of the file.
  private func find(_ name: String?, _ member: String) throws(Fault) -> StoredArray {
    do { return try StoredArray(safetensors: path, tensor: name) } catch {
      throw error.within(error.kind == .params ? member : "path")
    }
  }
}

extension Choice<SourceKind> {
  /// Rows of a tensor in a safetensors file; the first extent counts them. `tensor` may be left out
  /// if there is one alone. A tensor of more than 64 MiB stays in its file.
  public static func safetensors(
    path: String, tensor: String? = nil, labels: String? = nil
  ) -> Self {
    var module = SafeTensorsSource()
    module.path = path
    module.tensor = tensor
    module.labels = labels
    return Choice(module) { $0 }
  }
}
