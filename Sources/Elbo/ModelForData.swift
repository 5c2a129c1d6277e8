import Declarations
import Files
import JSON

extension ModelSpec {
  /// Sets what new models have and files of earlier versions do not. Throws `shape`.
  package mutating func settle() throws(Fault) {
    let settled = posterior.product.settled
    posterior = Choice(Part(settled, as: settled))
    guard input == nil else { return }
    let density = try within("likelihood") { () throws(Fault) in
      try likelihood.product.likelihood(shape: shape)
    }
    if !density.encoderSegments.isEmpty { input = .scaled }
  }
}

extension Model {
  /// Builds a new model for the rows of `data`, which determine the numbers of `preprocess`, the
  /// classes of a condition and the mean at which the decoder's last bias begins. `checkpoint` is
  /// called between pieces of work, and may throw to end it. Returns also what looks wrong.
  package static func built(
    _ spec: ModelSpec, for data: DataSet, fitOn: FittedRows = .train,
    _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> (model: Model, notes: [String]) {
    var spec = spec
    spec.shape = data.shape
    spec.columns = data.columnNames
    spec.words = data.columns.flatMap { columns in
      let words = columns.compactMap { column in column.categories.map { (column.name, $0) } }
      return words.isEmpty ? nil : Named(words)
    }
    try spec.settle()
    if let condition = spec.condition?.product {
      let completed = try within("data") { () throws(Fault) in try condition.completed(by: data) }
      spec.condition = Choice(Part(completed, as: completed))
    }
    guard !spec.preprocess.isEmpty else {
      let mean = try data.mean(checkpoint).map { Double($0) }
      let notes = try ModelNotes(spec, data, checkpoint)
      let model = try Model(spec, mean: mean, deviation: notes?.scales, checkpoint)
      return (model, notes?.all ?? [])
    }
    let rows = try rows(of: data, spec, fitOn)
    let fit = try PreprocessingFit(
      spec.preprocess, to: data, rows: rows, names: data.columnNames, checkpoint)
    spec.preprocess = fit.parts
    let notes = try ModelNotes(spec, data, deviation: fit.deviation, checkpoint)
    let model = try Model(spec, mean: fit.mean, deviation: notes?.scales, checkpoint)
    // A change that takes all rows out of the likelihood's support shows in the first ones.
    try model.check(data, Array(rows.prefix(1000)), at: "data", checkpoint)
    return (model, fit.notes + (notes?.all ?? []))
  }

  private convenience init(
    _ spec: ModelSpec, mean: [Double], deviation: [Double]?,
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    try self.init(spec, checkpoint)
    try Memory.require(Size(mean.count) * 32, for: "the first bias")
    fitFirstWeights(mean: mean, deviation: deviation)
  }

  /// Returns the rows that changes are fitted to. Throws `params` without a training split.
  private static func rows(
    of data: DataSet, _ spec: ModelSpec, _ fitOn: FittedRows
  ) throws(Fault) -> [UInt32] {
    guard case .split(let name) = fitOn else { return try data.rows(of: nil) }
    if let part = data.split(name) { return part.rows }
    let known = data.splits.map(\.name)
    if name == "train", !spec.preprocess.contains(where: { !$0.product.isFitted }) {
      return try data.rows(of: nil)
    }
    throw Fault(
      .params,
      "the data have no split \(JSON.string(name).excerpt) to find the numbers of \"preprocess\" from",
      path: "fitOn",
      expected: name == "train" ? "data with a training split" : "a split of the data",
      got: known.isEmpty ? "data that were not split" : known.joined(separator: ", "),
      hint: known.isEmpty
        ? "load the data with a \"split\", or give \"fitOn\": \"all\""
        : "name one of these splits, such as \"without-fold-1\", or give \"fitOn\": \"all\"")
  }
}
