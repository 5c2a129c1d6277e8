import DataSources
import Declarations
import JSON
import Tensors
import Variational

/// A model and a training that suit a data set, and a plain sentence for each choice.
package struct Proposal {
  /// What a client wishes; what it leaves open is chosen.
  package struct Wishes {
    package var architecture: Architecture?
    package var latent: Int?
    /// The widths of the hidden layers, or the channels of the convolutions.
    package var layers: [Int]?
    package var encoder: [LayerChoice]?
    package var decoder: [LayerChoice]?
    package var likelihood: Choice<LikelihoodKind>?
    package var updates: Int?
    package var batch: Int?
    package var rate: Double?
    package var patience: Int?
    /// The rows to validate on, and as many to test, as a count or a fraction; 0 for none.
    package var validation: Double?
    package var seed = 0

    package init() {}
  }

  package private(set) var model = ModelSpec()
  /// The rows from which the numbers of `preprocess` are found.
  package private(set) var fitOn = FittedRows.train
  package private(set) var training = TrainerSpec()
  /// The number of updates in all.
  package let updates: Int
  /// The updates between two validations, and the samples of each row there; nil without rows to
  /// validate on.
  package private(set) var validation: (every: Int, samples: Int)?
  /// The changes with which the data should be loaded again.
  package let transforms: [Choice<TransformKind>]
  /// The rows to set aside, if the data have no split.
  package private(set) var split: Split?
  /// A sentence for each choice.
  package private(set) var reasons: [String] = []

  /// Fewer rows cannot be divided.
  private static let fewestRows = 10
  /// Of fewer rows a greater part is set aside, so that their mean says something.
  private static let fewRows = 200
  private static let mostValidated = 2000
  private static let mostTested = 5000

  /// Looks at all rows; `checkpoint` is called between pieces of work. Throws `params` for an
  /// architecture that does not fit and for rows to set aside that there are not, `support` for a
  /// column of too many words, and `memory`.
  package init(
    for data: DataSet, _ wishes: Wishes, _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    let profile = try DataProfile(of: data, ofAllRows: true, checkpoint)
    let density = try within("data") { () throws(Fault) in
      try ProposedDensity(for: data, profile, wish: wishes.likelihood)
    }
    transforms = density.transforms
    updates = wishes.updates ?? 10_000
    reasons = density.reasons
    (model.shape, model.seed, training.seed) = (data.shape, wishes.seed, wishes.seed)
    (model.likelihood, model.preprocess) = (density.likelihood, density.preprocess)
    try chooseLayers(profile, wishes)
    try model.settle()
    try chooseTraining(data, wishes)
  }

  private mutating func chooseLayers(_ profile: DataProfile, _ wishes: Wishes) throws(Fault) {
    let width = model.shape.count
    model.latent =
      wishes.latent
      ?? (profile.isTable ? max(1, min(10, (width + 1) / 2)) : width <= 256 ? 8 : 16)
    if let encoder = wishes.encoder, let decoder = wishes.decoder {
      (model.encoder, model.decoder) = (encoder, decoder)
    } else {
      let architecture = wishes.architecture ?? (profile.isTable ? .table : .mlp)
      let density = try within("likelihood") { () throws(Fault) in
        try model.likelihood.product.likelihood(shape: model.shape)
      }
      let layers = try ProposedLayers(
        architecture, units: wishes.layers, shape: model.shape, outputs: density.outputs)
      model.encoder = wishes.encoder ?? layers.encoder
      model.decoder = wishes.decoder ?? layers.decoder
      if wishes.architecture == nil {
        let kind =
          profile.isTable
          ? "columns of a table" : model.shape.extents.count > 1 ? "images" : "values on one scale"
        reasons.append("\(architecture.rawValue), because the rows are \(kind)")
      }
    }
    if wishes.latent == nil {
      reasons.append(
        "\(model.latent) \(model.latent == 1 ? "latent" : "latents"), because a row has \(width) \(width == 1 ? "value" : "values")"
      )
    }
  }

  /// Chooses the rows to set aside, and returns their numbers; (0, 0) for none. Throws `params` if
  /// the wish leaves no row to train on, or the data have a split.
  private mutating func chooseSplit(
    _ data: DataSet, _ wish: Double?, seed: Int
  ) throws(Fault) -> (validated: Int, tested: Int) {
    let count = data.count
    guard data.splits.isEmpty else {
      if wish != nil {
        throw Fault(
          .params, "the data have splits of their own", path: "validation",
          expected: "data without a split",
          got: "\(data.splits.map(\.name).joined(separator: ", "))",
          hint: "leave \"validation\" out, or load the data without \"split\"")
      }
      return (data.split("validation")?.rows.count ?? 0, data.split("test")?.rows.count ?? 0)
    }
    let aside: (Int, Int)
    let reason: String
    if let wish {
      let rows = wish < 1 ? max(1, wish * Double(count)).rounded() : wish
      guard wish == 0 || rows == rows.rounded() && 2 * rows < Double(count) else {
        throw Fault(
          .params, "nothing is left of \(count) rows to train on", path: "validation",
          expected: "a fraction below 0.5, a count below half of the rows, or 0",
          got: JSON.real(wish).line)
      }
      aside = wish == 0 ? (0, 0) : (Int(rows), Int(rows))
      reason = "it was asked for"
    } else if count < Self.fewestRows {
      (aside, reason) = ((0, 0), "there are only \(count)")
    } else {
      let part = count < Self.fewRows ? 0.2 : 0.1
      let rows = Int((part * Double(count)).rounded())
      aside = (min(rows, Self.mostValidated), min(rows, Self.mostTested))
      reason = "the data have no split"
    }
    guard aside.0 > 0 else {
      fitOn = .all
      reasons.append("no rows are set aside, because \(reason)")
      return aside
    }
    split = Split(validation: Double(aside.0), test: Double(aside.1), seed: seed)
    reasons.append("\(aside.0) rows to validate on and \(aside.1) to test, because \(reason)")
    return aside
  }

  private mutating func chooseTraining(_ data: DataSet, _ wishes: Wishes) throws(Fault) {
    let (validated, tested) = try chooseSplit(data, wishes.validation, seed: wishes.seed)
    let trained = data.count - validated - tested
    let rate = wishes.rate ?? 0.001
    training.optimizer = .adam(rate: rate)
    training.batch = wishes.batch ?? max(1, min(100, max(16, trained / 8), trained))
    reasons.append(
      "adam at rate \(JSON.real(rate).line) in batches of \(training.batch), for \(trained) rows")
    guard validated > 0 else {
      if !data.splits.isEmpty {
        reasons.append("no validation, because the data have no split \"validation\"")
      }
      return
    }
    let every = max(1, updates / 40)
    let patience = wishes.patience ?? 8
    validation = (every, max(1, min(32, 1000 / validated)))
    training.stopping = Stopping(patience: patience)
    reasons.append(
      "\(updates) updates at most, fewer if \(patience) validations in a row bring nothing better; the best weights are kept"
    )
  }
}
