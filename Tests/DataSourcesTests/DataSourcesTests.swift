import DataSources
import Declarations
import JSON
import Tensors
import Testing

/// Loads from the JSON of the parameters of `data.load`.
func load(_ source: String, _ transforms: String = "[]", _ split: String? = nil) throws -> DataSet {
  try DataSet.load(
    within("source") { () throws(Fault) in
      try Choice<SourceKind>(json: JSON(parsing: source))
    },
    within("transforms") { () throws(Fault) in
      try [Choice<TransformKind>](json: JSON(parsing: transforms))
    },
    split.map { (text) throws(Fault) in try Split(json: JSON(parsing: text)) })
}

extension Transform {
  /// Applies the transform without a checkpoint.
  func apply(to rows: Rows) throws(Fault) -> Rows { try apply(to: rows) { () throws(Fault) in } }
}

/// Returns the named rows, as in a batch at `update`.
func gathered(_ data: DataSet, _ rows: [Int]? = nil, update: UInt32 = 0) -> [Float] {
  let rows = (rows ?? Array(0..<data.count)).map { UInt32($0) }
  let width = data.shape.count
  return [Float](unsafeUninitializedCapacity: rows.count * width) { buffer, count in
    let block = Block(buffer.baseAddress!, rows: rows.count, columns: width)
    data.gather(rows, into: block, update: update)
    count = rows.count * width
  }
}
