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
    /// The widths of the hidden layers.
    package var layers = [128, 128]
    package var likelihood: Choice<LikelihoodKind>?
    package var updates: Int?
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
  /// architecture that does not fit, `support` for a column of too many words, and `memory`.
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
    chooseTraining(data, wishes)
  }

  private mutating func chooseLayers(_ profile: DataProfile, _ wishes: Wishes) throws(Fault) {
    let width = model.shape.count
    let architecture = wishes.architecture ?? (profile.isTable ? .table : .mlp)
    let isImage = model.shape.extents.count > 1
    model.latent =
      wishes.latent
      ?? (profile.isTable ? max(1, min(10, (width + 1) / 2)) : width <= 256 ? 8 : 16)
    let density = try within("likelihood") { () throws(Fault) in
      try model.likelihood.product.likelihood(shape: model.shape)
    }
    let layers = try ProposedLayers(
      architecture, units: wishes.layers, shape: model.shape, outputs: density.outputs)
    (model.encoder, model.decoder) = (layers.encoder, layers.decoder)
    if wishes.architecture == nil {
      let kind = profile.isTable ? "columns of a table" : isImage ? "images" : "values on one scale"
      reasons.append("\(architecture.rawValue), because the rows are \(kind)")
    }
    if wishes.latent == nil {
      reasons.append(
        "\(model.latent) \(model.latent == 1 ? "latent" : "latents"), because a row has \(width) \(width == 1 ? "value" : "values")"
      )
    }
  }

  private mutating func chooseTraining(_ data: DataSet, _ wishes: Wishes) {
    let count = data.count
    var trained = data.split("train")?.rows.count ?? count
    var validated = data.split("validation")?.rows.count
    if data.splits.isEmpty, count >= Self.fewestRows {
      let part = count < Self.fewRows ? 0.2 : 0.1
      let aside = Int((part * Double(count)).rounded())
      let (first, second) = (min(aside, Self.mostValidated), min(aside, Self.mostTested))
      split = Split(
        validation: Double(first), test: Double(second), seed: wishes.seed)
      (validated, trained) = (first, count - first - second)
      reasons.append(
        "\(first) rows to validate on and \(second) to test, because the data have no split")
    } else if data.splits.isEmpty {
      fitOn = .all
      reasons.append("no rows are set aside, because there are only \(count)")
    }
    training.optimizer = .adam
    training.batch = max(1, min(100, max(16, trained / 8), trained))
    reasons.append("adam at rate 0.001 in batches of \(training.batch), for \(trained) rows")
    guard let validated else {
      if !data.splits.isEmpty {
        reasons.append("no validation, because the data have no split \"validation\"")
      }
      return
    }
    let every = max(1, updates / 40)
    validation = (every, max(1, min(32, 1000 / max(1, validated))))
    training.stopping = Stopping(patience: 8)
    reasons.append(
      "\(updates) updates at most, fewer if 8 validations in a row bring nothing better; the best weights are kept"
    )
  }
}
