import DataSources
import Declarations
import Files
import JSON
import Tensors
import Variational

/// The examples of a call: rows of a data set, or rows that the client sends.
struct RowSelection: Described {
  var data: String?
  var split: String?
  var indices: [Int]?
  var count: Int?
  var input: TensorForm?
  var labels: LabelForm?

  static let fields: [Field<RowSelection>] = [
    Field("data", \.data, "The data set.", faults: .lookup),
    Field(
      "split", \.split,
      "Only the rows of this split: train, validation or test, or one of the folds."),
    Field("indices", \.indices, "Only these rows, counted from 0 (within the split)."),
    Field(
      "count", \.count, "Number of rows to take, from the first.", .from(1, to: Int(UInt32.max))),
    Field("input", \.input, "Rows given in the request instead of a data set.", faults: .array),
    Field("labels", \.labels, "Labels of the rows in input: one for all, or one for each."),
  ]

  /// The selected rows: their source, their indices there, and their labels.
  struct Found {
    var examples: any Examples
    var rows: [UInt32]
    var labels: [Int]?
    var binarization: Binarization

    var shape: Shape { examples.shape }

    /// Returns the values of the rows, as gathered for the first update. `checkpoint` is called
    /// between chunks.
    func values(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Tensor {
      try Memory.require(
        Size(shape) * 4 * rows.count, for: "the values of \(rows.count) rows",
        hint: "ask for fewer rows at a time")
      var tensor = Tensor(zeros: shape.rows(rows.count))
      try tensor.values.withUnsafeMutableBufferPointer { (values) throws(Fault) in
        guard let base = values.baseAddress else { return }
        let all = Block(base, rows: rows.count, columns: shape.count)
        try rows.forEachChunk { (names, chunk) throws(Fault) in
          try examples.bring(names, count: chunk.count, checkpoint)
          examples.gather(names, into: all.rows(chunk), update: 0)
        }
      }
      return tensor
    }
  }

  /// `model` gives the shape of examples and the names of classes for rows that the client sends.
  func resolve(in session: Session, for model: Model? = nil, split preset: String? = nil)
    throws(Fault) -> Found
  {
    if let input {
      guard data == nil, split == nil, indices == nil, count == nil else {
        throw Fault(
          .params, "expected \"input\" alone, got rows of a data set as well", path: "input",
          expected: "either \"data\" or \"input\"")
      }
      let tensor = try within("input") { () throws(Fault) in try input.tensor() }
      return try own(tensor, model)
    }
    guard labels == nil else {
      throw Fault(
        .params, "\"labels\" belongs to \"input\", which is missing", path: "labels",
        expected: "no \"labels\": a data set has its own", got: labels.json.excerpt)
    }
    guard let data else {
      throw Fault(
        .params, "expected rows, got neither \"data\" nor \"input\"", path: "data",
        expected: "the name of a data set", got: "nothing",
        hint: "give \"data\": one of \(session.data.names.joined(separator: ", "))")
    }
    let set = try session.data.find(data, at: "data")
    try Memory.require(
      Size(set.count) * 12 + Size(indices?.count ?? 0) * 12, for: "the names of \(set.count) rows")
    // The preset split applies only if it exists.
    var rows = try set.rows(
      of: split ?? preset.flatMap { set.split($0)?.name }, words: "data set \"\(data)\"",
      way: "load it with \"split\": {\"validation\": 100}")
    if let indices {
      guard count == nil else {
        throw Fault(
          .params, "expected \"indices\" or \"count\", got both", path: "count",
          expected: "one of the two")
      }
      let all = rows
      rows = []
      for (position, index) in indices.enumerated() {
        guard all.indices.contains(index) else {
          throw Fault(
            .params, "expected a row from 0 to \(all.count - 1), got \(index)",
            path: "indices[\(position)]", expected: "from 0 to \(all.count - 1)", got: "\(index)")
        }
        rows.append(all[index])
      }
      guard !rows.isEmpty else {
        throw Fault(
          .params, "expected at least one row, got none", path: "indices",
          expected: "at least one row", got: "[]")
      }
    }
    if let count {
      guard count <= rows.count else {
        throw Fault(
          .params, "expected at most \(rows.count), the number of rows, got \(count)",
          path: "count", expected: "from 1 to \(rows.count)", got: "\(count)")
      }
      rows = Array(rows.prefix(count))
    }
    let labels = set.labels.map { labels in rows.map { labels[Int($0)] } }
    return Found(examples: set, rows: rows, labels: labels, binarization: set.binarization)
  }

  /// Returns the first `most` of the rows that were found, unless the client chose them.
  func limited(_ found: [UInt32], to most: Int) -> [UInt32] {
    count == nil && indices == nil && input == nil ? Array(found.prefix(most)) : found
  }

  private func own(_ tensor: Tensor, _ model: Model?) throws(Fault) -> Found {
    let shape = model?.spec.shape
    let extents = tensor.shape.extents
    let own = extents.count > 1 ? Shape(Array(extents.dropFirst())) : shape ?? tensor.shape
    // A single example may omit the axis of rows.
    let isSingle = tensor.shape.count == shape?.count && extents != shape?.rows(1).extents
    let one = isSingle ? shape ?? own : own
    guard let model, let shape, one.count == shape.count else {
      throw Fault(
        .shape, "the rows of \"input\" have shape \(own), the model's examples \(shape ?? [])",
        path: "input", expected: "rows of \(shape ?? [])", got: "\(tensor.shape)")
    }
    let rows = tensor.shape.count / shape.count
    try requireRows(rows, of: tensor.shape, at: "input")
    let labels = try self.labels?.labels(rows, of: model, at: "labels")
    try Memory.require(Size(rows) * 8, for: "the names of \(rows) rows")
    let tensor = Tensor(shape.rows(rows), tensor.values)
    try tensor.requireFinite(at: "input")
    return Found(
      examples: TensorRows(tensor, shape: shape, labels: labels),
      rows: (0..<UInt32(rows)).map { $0 }, labels: labels, binarization: .none)
  }
}

/// Throws `shape` for zero rows, and for more rows than can be indexed.
func requireRows(_ count: Int, of shape: Shape, at member: String) throws(Fault) {
  guard (1...Int(UInt32.max)).contains(count) else {
    let expected = count == 0 ? "at least one row" : "at most \(UInt32.max) rows"
    throw Fault(
      .shape, "expected \(expected), got an array of shape \(shape)", path: member,
      expected: expected, got: "\(shape)")
  }
}

extension Binarization {
  /// The wording in the results of evaluations.
  var phrase: String {
    switch self {
    case .none: "none"
    case .threshold(let threshold): "threshold \(JSON.real(threshold).line)"
    case .random: "random"
    }
  }
}

extension RowSelection.Found {
  /// Keeps the first `most` rows, with their labels, unless `selection` chooses them.
  mutating func limit(_ selection: RowSelection, to most: Int) {
    rows = selection.limited(rows, to: most)
    labels = labels.map { Array($0.prefix(rows.count)) }
  }

  /// Throws `shape` if the rows do not have the model's shape, and what its condition throws if
  /// they lack the values it needs.
  func checkShape(for model: Model, at member: String = "data") throws(Fault) {
    try model.checkShape(
      of: examples, rows, at: member, labelsAt: labelsMember, hint: Self.hint(at: member))
  }

  /// Throws what `checkShape` throws, `support` if a value has no density under the model's
  /// likelihood, and `cancelled` if the call is cancelled.
  func check(
    for model: Model, at member: String = "data", in session: Session, _ call: Call
  ) throws(Fault) {
    // Other processes would not know of a cancel before they meet.
    let meets = session.sharing == nil || examples.isDistributed
    try model.check(
      examples, rows, at: member, labelsAt: labelsMember, hint: Self.hint(at: member)
    ) { () throws(Fault) in
      if meets { try call.checkStop() }
    }
  }

  /// The member that holds the labels of rows sent by the client; nil for the rows of a data set.
  private var labelsMember: String? { examples is TensorRows ? "labels" : nil }

  private static func hint(at member: String) -> String? {
    member == "data" ? "load them with the transforms that the model's data had" : nil
  }
}
