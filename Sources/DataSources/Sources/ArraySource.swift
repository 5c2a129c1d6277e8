import Declarations
import JSON
import Tensors

/// Rows in the request itself, or in a NumPy file that it names.
package struct ArraySource: Source {
  package static let type = "array"
  package static let summary = "Rows given in the request; the first extent is their number."

  package var values = TensorForm(Tensor([2, 3], [0, 1, 0, 1, 0, 1]))
  package var labels: [Int]?
  package var columns: [String]?
  package var categories = Named<[String]>()

  package init() {}

  package static let examples: [ArraySource] = {
    var table = ArraySource()
    (table.columns, table.labels) = (["height", "leaf", "alive"], [0, 3])
    table.categories = Named([("leaf", ["lobed", "round"])])
    return [ArraySource(), table]
  }()

  package static let fields: [Field<ArraySource>] = [
    Field("values", \.values, "The rows: their shape is [rows, …].", required: true),
    Field("labels", \.labels, "The class of each row."),
    Field("columns", \.columns, "The names of the columns, if the rows are those of a table."),
    Field(
      "categories", \.categories,
      "Columns of words, each with its words: 0, 1, … in the rows are their numbers."),
  ]

  package func load(_ checkpoint: () throws(Fault) -> Void) throws(Fault) -> Rows {
    let tensor = try within("values") { () throws(Fault) in try values.tensor() }
    let shape = try within("values") { () throws(Fault) in try Shape(ofRowsOf: tensor.shape) }
    try checkpoint()
    var rows = try Rows(.floats(tensor.values), shape, labels: labels)
    rows.columns = try tableColumns(of: tensor, shape)
    return rows
  }

  /// Returns the columns of a table; nil if no names are given. Throws `params` for names and words
  /// that do not fit the rows.
  private func tableColumns(of tensor: Tensor, _ shape: Shape) throws(Fault) -> [TableColumn]? {
    guard let columns else {
      guard let (name, _) = categories.members.first else { return nil }
      throw Fault(
        .params, "the columns have no names", path: "categories.\(name)",
        expected: "\"columns\" with the name of each column", got: "none")
    }
    guard shape.extents == [columns.count] else {
      throw .misfit(
        expected: "a name for each number of a row of shape \(shape)",
        got: "\(columns.count) names", at: "columns")
    }
    var places: [String: Int] = [:]
    for (place, name) in columns.enumerated() {
      guard places.updateValue(place, forKey: name) == nil else {
        throw .misfit(
          expected: "each name once", got: .string(name), at: "columns[\(place)]",
          hint: "give one of the two another name")
      }
    }
    var words: [String: [String]] = [:]
    for (name, list) in categories.members {
      try within("categories.\(name)") { () throws(Fault) in
        guard let place = places[name] else {
          throw .misfit(expected: "a name of \"columns\"", got: .string(name))
        }
        try Self.check(list, tensor.values, place, of: columns.count)
      }
      words[name] = list
    }
    return columns.map { TableColumn(name: $0, categories: words[$0]) }
  }

  /// Throws `params` unless the column at `place` holds numbers of these words.
  private static func check(
    _ words: [String], _ values: [Float], _ place: Int, of width: Int
  ) throws(Fault) {
    guard !words.isEmpty, Set(words).count == words.count else {
      throw .misfit(
        expected: "different words, at least one",
        got: words.isEmpty ? "none" : "one of them twice")
    }
    for index in stride(from: place, to: values.count, by: width) {
      let value = values[index]
      guard value >= 0, value < Float(words.count), value == value.rounded() else {
        throw .misfit(
          expected: "the number of a word, from 0 to \(words.count - 1)",
          got: "\(JSON.float(value).line) in row \(index / width)")
      }
    }
  }
}

extension Shape {
  /// The shape of one row of an array whose first extent is the number of rows; rows of one number
  /// have shape [1]. Throws `shape`.
  init(ofRowsOf whole: Shape) throws(Fault) {
    guard !whole.extents.isEmpty, whole.count > 0 else {
      throw Fault(
        .shape, "expected rows of numbers, got shape \(whole)",
        expected: "a shape [rows, …] without zeros", got: "\(whole)")
    }
    self = whole.extents.count == 1 ? [1] : Shape(Array(whole.extents.dropFirst()))
  }
}
