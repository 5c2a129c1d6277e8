import JSON
import Tensors
import Variational

/// Figures of rows, some of which may not be finite: those are counted where rows are answered one
/// by one, and a fault where nothing else is answered, or nothing of worth.
struct Figures {
  /// "the ELBO".
  let what: String
  /// The rows' names in the data.
  let rows: [UInt32]
  /// Whether each row's is answered.
  let isPerRow: Bool
  /// Whether they are examples that were drawn, and not rows of the data.
  var areExamples = false

  /// The number of rows of `estimates` that are not finite, nil for none. Throws `notFinite` where
  /// means are all that is answered, or where no row is left. `place` is asked where the first of
  /// them ceases to be.
  func notFinite(
    _ estimates: [Evaluation.Estimate], place: (Int) throws(Fault) -> String?
  ) throws(Fault) -> Int? {
    let found = Set(estimates.flatMap(\.notFinite)).sorted()
    let got = found.first.flatMap { row in
      estimates.lazy.map { $0.perRow[row] }.first { !$0.isFinite }
    }
    return try notFinite(found, got: got ?? .nan, place: place)
  }

  /// Likewise of arrays, each of as many rows.
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
        ? "\"perRow\": true answers the values of the others"
        : "the parameters are too large for float32, or the data: lower the optimizer's rate, set \"clip\", or check the data"
    )
  }

  /// Rows that are answered one by one: pictures, and what models say of single rows.
  static func each(_ what: String, _ rows: [UInt32], areExamples: Bool = false) -> Figures {
    Figures(what: what, rows: rows, isPerRow: true, areExamples: areExamples)
  }

  /// The first `count` of what was drawn or decoded.
  static func each(_ what: String, _ count: Int) -> Figures {
    .each(what, (0..<UInt32(count)).map { $0 }, areExamples: true)
  }

  static let each = "Rows with numbers that are not finite, if any."
  static let summary =
    "Rows whose values are not finite, if any; the means over all rows are then not finite either."
}

extension Model {
  /// The number of latents whose output is not finite, nil for none; throws `notFinite` where that
  /// is all of them.
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
  /// Where the numbers of row `row` of these cease to be finite.
  func place(
    _ row: Int, in model: Model, samples: Int, seed: Int, _ call: Call
  ) throws(Fault) -> String? {
    try Diagnosis(model).place(
      of: rows[row], in: examples, samples: samples, seed: seed, checkpoint: call.checkStop)
  }
}

/// What is said of rows whose estimates, or errors, are not to be trusted.
let warningSummary = "Why the estimate, or its error, is not to be trusted, where it is not."

let unreliableSummary =
  "Share of the rows whose estimates are not to be trusted: too few samples count, or the tail of their weights is too heavy."
