import Declarations
import Files
import JSON
import Tensors

/// The changes before a model, with the numbers that were found from rows of data.
package struct PreprocessingFit {
  /// The changes, with their numbers, and columns by number.
  package private(set) var parts: [Choice<PreprocessingKind>]
  /// The mean of each column after all changes.
  package private(set) var mean: [Double] = []
  /// The standard deviation of each column after all changes.
  package private(set) var deviation: [Double] = []
  /// What looks wrong, with a way out.
  package private(set) var notes: [String] = []

  /// Fits each change to the rows after the changes before it. `names` are those of the columns.
  /// Throws `support` for values that a change is not made for, and what `checkpoint` throws.
  package init(
    _ parts: [Choice<PreprocessingKind>], to data: any Examples, rows: [UInt32], names: [String]?,
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    self.parts = parts
    let width = data.shape.count
    for index in parts.indices {
      var module = parts[index].product
      let path = "preprocess[\(index)]"
      let places = try within(path) { () throws(Fault) in
        try module.places(among: names, width: width)
      }
      if module.columns != nil { module.columns = places.map { .number($0) } }
      if !module.isFitted {
        let all = try Self.summaries(
          of: data, rows, after: Array(self.parts[..<index]), names, checkpoint)
        let own = places.map { all[$0] }
        try within(path) { () throws(Fault) in try module.fit(own) }
        if let note = Self.note(own.filter(\.isConstant)) { notes.append("\(path): \(note)") }
      }
      let fitted = module
      self.parts[index] = Choice(Part(fitted, as: fitted))
    }
    let changed = try Self.summaries(of: data, rows, after: self.parts, names, checkpoint)
    (mean, deviation) = (changed.map(\.mean), changed.map(\.deviation))
  }

  /// Returns a note about columns whose values are all the same.
  private static func note(_ constant: [ColumnSummary]) -> String? {
    guard let first = constant.first else { return nil }
    let rest =
      constant.count == 1 ? "" : " (and \(constant.count - 1) more, each with its own value)"
    return
      "column \(first.name) is \(first.minimum) in all rows\(rest): columns that do not vary say nothing, so leave them out of the data"
  }

  /// Returns a summary of each column of the changed rows.
  private static func summaries(
    of data: any Examples, _ rows: [UInt32], after parts: [Choice<PreprocessingKind>],
    _ names: [String]?, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> [ColumnSummary] {
    let width = data.shape.count
    let preprocessor = try within("preprocess") { () throws(Fault) in
      try Preprocessor(parts, width: width)
    }
    let most = min(256, rows.count)
    try Memory.require(Size(width) * (Size(most) * 4 + 128), for: "a summary of the columns")
    var summaries = (0..<width).map { ColumnSummary(name: names?[$0] ?? "\($0)") }
    var memory = [Float](repeating: 0, count: most * width)
    try memory.withUnsafeMutableBufferPointer { (memory) throws(Fault) in
      guard let base = memory.baseAddress else { return }
      try rows.forEachChunk { (chosen, chunk) throws(Fault) in
        try data.bring(chosen, count: chunk.count, checkpoint)
        let block = Block(base, rows: chunk.count, columns: width)
        data.gather(chosen, into: block, update: 0)
        if let fault = data.takeFault() { throw fault }
        try within("preprocess") { () throws(Fault) in
          try preprocessor.check(block, columnNames: names) { Int(chosen[$0]) }
        }
        preprocessor.apply(block)
        for row in 0..<block.rows {
          for column in 0..<width { summaries[column].take(Double(block[row, column])) }
        }
      }
    }
    return summaries
  }
}
