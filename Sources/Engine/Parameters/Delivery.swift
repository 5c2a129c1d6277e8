import DataSources
import Declarations
import Files
import JSON
import Tensors

/// How a reply delivers arrays: in the line, as base64, or as files.
struct Delivery: Described {
  var encoding: Encoding?
  var path: String?
  var replace = false

  static let fields: [Field<Delivery>] = [
    Field(
      "encoding", \.encoding, "Form of the arrays in the reply: values (default) or base64.",
      faults: [.resultTooLarge]),
    Field(
      "path", \.path,
      "Where to write the arrays instead: a .npy file for one array, a folder or a .safetensors file for several; a .csv file becomes a table, and of several arrays each other than the output gets one with its name before the ending.",
      faults: .file),
    .replace(\.replace),
  ]

  /// The maximum number of values in a line; larger arrays need a path.
  static let most = 4 << 20

  /// Delivers one array; `table` names the columns of a table. Throws `cancelled`, before a file is
  /// replaced, if the call is cancelled.
  func form(
    _ tensor: Tensor, as table: TableFile = TableFile(), _ call: Call
  ) throws(Fault) -> TensorForm {
    try check(tensor.shape.count)
    return try within(path == nil ? "" : "path") { () throws(Fault) in
      if let path, Self.isTable(path) {
        try table.write(tensor, to: path, replace: replace, checkpoint: call.checkStop)
        return TensorForm(path: path, tensor.shape)
      }
      return try TensorForm(
        tensor, encoding, path: path, replace: replace, checkpoint: call.checkStop)
    }
  }

  private static func isTable(_ path: String) -> Bool { path.lowercased().hasSuffix(".csv") }

  /// Writes each array to a table: `output` to the path itself, `latent` to draws.latent.csv.
  private func tables(
    _ tensors: [(name: String, tensor: Tensor)], as table: TableFile, _ path: String, _ call: Call
  ) throws(Fault) -> [(name: String, value: TensorForm)] {
    var forms: [(name: String, value: TensorForm)] = []
    for (name, tensor) in tensors {
      let isRows = name == "output" || name == "input"
      let file = name == "output" ? path : "\(path.dropLast(4)).\(name)\(path.suffix(4))"
      try (isRows ? table : TableFile())
        .write(tensor, to: file, replace: replace, checkpoint: call.checkStop)
      forms.append((name, TensorForm(path: file, tensor.shape)))
    }
    return forms
  }

  /// Delivers several arrays, by name; `table` names the columns of tables of rows.
  func forms(
    _ tensors: [(name: String, tensor: Tensor)], as table: TableFile = TableFile(), _ call: Call
  ) throws(Fault) -> [(name: String, value: TensorForm)] {
    try call.checkStop()
    guard let path else {
      try check(tensors.reduce(0) { $0 + $1.tensor.shape.count })
      return tensors.map { ($0.name, TensorForm($0.tensor, encoding ?? .values)) }
    }
    return try within("path") { () throws(Fault) in
      if Self.isTable(path) { return try tables(tensors, as: table, path, call) }
      if path.hasSuffix(".safetensors") {
        let file = SafeTensors(
          tensors.map { SafeTensors.Entry($0.name, $0.tensor) },
          metadata: [SafeTensors.Note("format", SafeTensors.arraysFormat)])
        _ = try file.write(to: path, replace: replace, checkpoint: call.checkStop)
        return tensors.map { ($0.name, TensorForm(path: path, $0.tensor.shape)) }
      }
      if let (format, ending) = FileKind.format(named: path) {
        throw Fault(
          .params,
          "\(path): the name is that of \(format), and \(tensors.count) arrays are to be written",
          expected: "a folder, or a path that ends in .safetensors or .csv", got: path,
          hint: "leave out the \(ending) to write a folder with a file for each")
      }
      try File.makeFolder(path)
      var forms: [(name: String, value: TensorForm)] = []
      for (name, tensor) in tensors {
        let file = "\(path)/\(name).npy"
        _ = try NPY.write(tensor, to: file, replace: replace, checkpoint: call.checkStop)
        forms.append((name, TensorForm(path: file, tensor.shape)))
      }
      return forms
    }
  }

  /// Throws `resultTooLarge` for an array that is too large for any machine.
  static func checkSize(_ extents: Int...) throws(Fault) {
    let most = 1 << 30
    let count = Shape(extents).checkedCount()
    if let count, count <= most { return }
    let came = count.map { "\($0)" } ?? "more than 2^40"
    throw Fault(
      .resultTooLarge, "\(came) numbers are too many", expected: "at most \(most)", got: came,
      hint: "ask for fewer rows or samples at a time")
  }

  private func check(_ numbers: Int) throws(Fault) {
    if path == nil, encoding == .base64 {
      try Memory.require(Size(numbers) * 6, for: "\(numbers) numbers as base64")
    }
    guard path == nil, numbers > Self.most else { return }
    throw Fault(
      .resultTooLarge, "\(numbers) numbers are too many for a line",
      expected: "at most \(Self.most)",
      got: "\(numbers)", hint: "give \"path\", or ask for fewer rows")
  }
}
