import Declarations
import JSON
import Layers
import Tensors

/// The description of a trainer: everything but its numbers. `trainer.create` takes it, and a saved
/// file contains it.
package struct TrainerSpec: Described {
  package var objective = Choice<ObjectiveKind>(EvidenceLowerBound()) { $0 }
  package var optimizer = Choice<OptimizerKind>(Adam()) { $0 }
  package var schedule = Choice<ScheduleKind>(ConstantRate()) { $0 }
  package var batch = 100
  package var lastBatch: LastBatch?
  package var seed = 0
  package var balance: Bool?
  package var augment: [Choice<AugmentationKind>]?
  package var clip: Double?
  package var averaging: Averaging?
  package var stopping: Stopping?
  /// Nil ends the run.
  package var onRefusal: Choice<PolicyKind>?

  package init() {}

  package static let fields: [Field<TrainerSpec>] = [
    Field("objective", \.objective, "Objective that is maximised."),
    Field("optimizer", \.optimizer, "Optimizer of the parameters."),
    Field(
      "schedule", \.schedule, "Schedule of the factor on the optimizer's rate."),
    Field("batch", \.batch, "Largest number of examples in an update.", .from(1, to: 1 << 20)),
    Field(
      "lastBatch", \.lastBatch,
      "Treatment of the rows left over at the end of an epoch: \"keep\" makes them a smaller batch, \"drop\" leaves them to another epoch, \"spread\" makes batches that differ by one row at most. If left out, \"spread\" if a layer or the objective couples rows, else \"keep\"."
    ),
    Field("seed", \.seed, "Seed of the order of the rows and of the noise.", .seed),
    Field(
      "balance", \.balance,
      "Whether all classes are equally frequent in every batch: rows are drawn with replacement within a class, and an epoch is as many draws as there are rows. A row that a batch has twice has the same noise both times. The rows need labels."
    ),
    Field(
      "augment", \.augment,
      "Random changes of the rows of every training batch, in their order; the ELBO of a batch is that of the changed rows, while validations and queries see the rows as they are."
    ),
    Field(
      "clip", \.clip, "Largest norm of the gradient; a larger gradient is scaled down to it.",
      .epsilon),
    Field(
      "averaging", \.averaging,
      "Average of the weights, which is validated in their place; trainer.model copies it."),
    Field(
      "stopping", \.stopping,
      "When training ends by itself, and whether the best validation is kept."),
    Field(
      "onRefusal", \.onRefusal,
      "What is done about an update that is refused because a number would not be finite; it ends the run if left out."
    ),
  ]
}

extension TrainerSpec {
  /// The end of the warm-up of objective and rate.
  package var warmUpEnd: Int { max(objective.product.warmUpEnd, schedule.product.warmUpEnd) }

  /// Whether a refused update leads back to a snapshot.
  var keepsSnapshot: Bool { onRefusal?.product.keepsSnapshot ?? false }

  /// Returns the description with omitted options filled in for this model.
  package func completed(for model: Model) -> TrainerSpec {
    var spec = self
    spec.lastBatch = lastBatch ?? (model.couplesRows(objective.product) ? .spread : .keep)
    return spec
  }

  /// Throws `params` if the objective cannot be used with this model, or on so few rows, and if
  /// `stopping` has no validations to compare; `memory` if there is not enough. Trainers of earlier
  /// versions that have batches of one row may go on with them.
  package func check(
    _ model: Model, rows: Int, isValidated: Bool, allowingSingleRows: Bool = false
  ) throws(Fault) {
    guard isValidated || stopping == nil else {
      throw Fault(
        .params, "stopping compares validations, and this trainer has none", path: "stopping",
        expected: "\"validation\" beside it", got: "no validation",
        hint: "add \"validation\": {}, which takes the data's \"validation\" split")
    }
    let spec = completed(for: model)
    try within("objective") { () throws(Fault) in try objective.product.check(model) }
    if !allowingSingleRows { try spec.requirePairs(model, rows: rows) }
    try within("batch") { () throws(Fault) in
      let slots = optimizer.product.slots
      let snapshot = keepsSnapshot ? slots + (averaging == nil ? 1 : 2) : 0
      try model.requireMemory(
        for: objective.product, batch: min(batch, rows), slots: slots + snapshot)
    }
  }

  /// Throws `params` if a batch of an epoch has one row, and one row is not enough.
  private func requirePairs(_ model: Model, rows: Int) throws(Fault) {
    try model.requirePairs(objective: objective.product, rows: rows)
    guard rows > 1, let reason = model.needOfPairs(objective.product) else { return }
    let last = lastBatch ?? .keep
    guard Batches.Division(rows, batch: batch, last).smallest < 2 else { return }
    let many = "\(rows) rows in batches of \(batch) leave one of a single row, and \(reason)"
    throw Fault(
      .params, batch == 1 ? "a batch has a single row, and \(reason)" : many, path: "batch",
      expected: "at least two rows in every batch", got: "\(batch)",
      hint: batch == 1
        ? "raise \"batch\""
        : last == .keep
          ? "leave \"lastBatch\" out, or give \"drop\"" : "raise \"batch\", or give \"drop\"")
  }
}

extension Model {
  /// Whether the rows of a batch affect each other, in a layer or in the objective.
  func couplesRows(_ objective: any Objective) -> Bool {
    encoder.couplesRows || decoder.couplesRows || objective.coupling != nil
  }

  /// What a batch of one row is not enough for, in words; nil if it is enough.
  func needOfPairs(_ objective: any Objective) -> String? {
    if let layer = encoder.firstCoupling ?? decoder.firstCoupling {
      return "layer \(layer) takes its statistics over the rows of a batch"
    }
    let isCompared = objective.coupling?.comparesExamples ?? false
    return isCompared ? "the objective compares the rows of a batch" : nil
  }

  /// Throws `params` for data of one row if a layer or the objective needs two.
  package func requirePairs(
    objective: any Objective, rows: Int, at member: String = "data"
  ) throws(Fault) {
    guard rows < 2, let reason = needOfPairs(objective) else { return }
    throw Fault(
      .params, "there is a single row, and \(reason)", path: member,
      expected: "at least two rows", got: "\(rows)", hint: "take more rows")
  }
}
