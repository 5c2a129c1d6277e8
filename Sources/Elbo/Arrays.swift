extension DataSet {
  /// Makes a data set of rows in memory, each of `shape` or, without a shape, a list of numbers.
  ///
  /// `labels` has the class of each row. Throws `shape` if rows have different lengths or do not
  /// fill the shape, `notFinite`, and what the transforms and the split throw.
  public init(
    rows: [[Float]], shape: Shape? = nil, labels: [Int]? = nil,
    transforms: [Choice<TransformKind>] = [], split: Split? = nil
  ) throws(Fault) {
    let width = shape?.count ?? rows.first?.count ?? 0
    if let row = rows.firstIndex(where: { $0.count != width }) {
      throw Fault(
        .shape, "row \(row) has \(rows[row].count) numbers, not \(width)", path: "rows[\(row)]",
        expected: "\(width) numbers", got: "\(rows[row].count)")
    }
    let rows = try Rows(.floats(rows.flatMap { $0 }), shape ?? [width], labels: labels)
    self = try .load(rows, transforms, split)
  }
}
