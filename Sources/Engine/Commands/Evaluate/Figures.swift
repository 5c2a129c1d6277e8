import JSON
import Tensors
import Variational

/// Figures of rows, some of which may not be finite. These rows are counted if the reply has a
/// value for each row; otherwise, or if no row is finite, they are a fault.
struct Figures {
  /// The name in messages, such as "the ELBO".
  let what: String
  /// The rows' names in the data.
  let rows: [UInt32]
  /// Whether the reply has a value for each row.
  let isPerRow: Bool
  /// Whether the rows are drawn examples, and not rows of the data.
  var areExamples = false

  /// Returns the number of rows of `estimates` that are not finite; nil if there are none. Throws
  /// `notFinite` if the reply has means only, or if no row is finite. `place` tells where the first
  /// of these rows ceases to be finite.
  func notFinite(
    _ estimates: [Evaluation.Estimate], place: (Int) throws(Fault) -> String?
  ) throws(Fault) -> Int? {
    let found = Set(estimates.flatMap(\.notFinite)).sorted()
    let got = found.first.flatMap { row in
      estimates.lazy.map { $0.perRow[row] }.first { !$0.isFinite }
    }
    return try notFinite(found, got: got ?? .nan, place: place)
  }

  /// Does the same for arrays, which all have the same rows.
  func notFinite(_ tensors: [Tensor], place: (Int) throws(Fault) -> String?) throws(Fault) -> Int? {
    let found = Set(tensors.flatMap(\.rowsNotFinite)).sorted()
    let got = found.first.flatMap { row in
      tensors.lazy.flatMap { $0.values[row * $0.width..<(row + 1) * $0.width] }
        .first { !$0.isFinite }
    }
    return try notFinite(found, got: got.map { Double($0) } ?? .nan, place: place)
  }

  func notFinite(
    _ found: [Int], got: Double = .nan, place: (Int) throws(Fault) -> String?
  ) throws(Fault) -> Int? {
    guard let first = found.first else { return nil }
    if isPerRow, found.count < rows.count { return found.count }
    throw .notFinite(
      what, rows: found.map { rows[$0] }, of: rows.count, got: got, place: try place(first),
      isExample: areExamples,
      hint: found.count < rows.count
        ? "\"perRow\": true returns the values of the other rows"
        : "the parameters or the data are too large for float32: lower the optimizer's rate, set \"clip\", or check the data"
    )
  }

  /// Returns figures of rows that have a value each in the reply: pictures, and a model's values
  /// for single rows.
  static func each(_ what: String, _ rows: [UInt32], areExamples: Bool = false) -> Figures {
    Figures(what: what, rows: rows, isPerRow: true, areExamples: areExamples)
  }

  /// Returns figures of the first `count` drawn or decoded examples.
  static func each(_ what: String, _ count: Int) -> Figures {
    .each(what, (0..<UInt32(count)).map { $0 }, areExamples: true)
  }

  static let each = "Number of rows with numbers that are not finite, if any."
  static let summary =
    "Number of rows whose values are not finite, if any; the means over all rows are then not finite either."
}

extension Model {
  /// Returns the number of latents whose output is not finite; nil if there are none. Throws
  /// `notFinite` if all of them are.
  func notFinite(
    _ output: Tensor, decoding latents: Tensor, given: Labels?
  ) throws(Fault) -> Int? {
    let width = spec.latent
    let rows = latents.shape.count / width
    let flat = Tensor([rows, output.shape.count / rows], output.values)
    return try Figures.each("what is decoded", rows).notFinite([flat]) { row in
      Diagnosis(self).place(
        decoding: Array(latents.values[row * width..<(row + 1) * width]), given: given, row: row)
    }
  }
}

extension RowSelection.Found {
  /// Returns a function that finds where the numbers of a row cease to be finite.
  func place(
    in model: Model, samples: Int, seed: Int, _ call: Call
  ) -> (_ row: Int) throws(Fault) -> String? {
    { (row) throws(Fault) in
      try Diagnosis(model).place(
        of: rows[row], in: examples, samples: samples, seed: seed, checkpoint: call.checkStop)
    }
  }
}

/// Descriptions of the members about unreliable rows.
let warningSummary = "Reason not to trust the estimate or its error, if there is one."

let unreliableSummary =
  "Share of the rows whose estimates cannot be trusted: too few samples count, or the tail of their weights is too heavy."
