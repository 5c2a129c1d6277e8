/// The training of a model on rows of data.
///
/// Any thread may use it, also during queries of the same model, which see it between two updates.
/// Runs with the same seed have the same numbers to the bit, for any number of threads.
public final class Training: Sendable {
  let vae: VAE
  private let id: Int

  /// Rows whose bound is computed at regular intervals of updates.
  public struct Validation: Sendable {
    let data: DataSet?
    let split: String?
    let every: Int
    let samples: Int

    /// Validates on a split of the training data, or on other data.
    public init(
      split: String? = "validation", of data: DataSet? = nil, every: Int = 100, samples: Int = 1
    ) {
      (self.data, self.split, self.every, self.samples) = (data, split, every, samples)
    }
  }

  init(
    _ vae: VAE, _ data: DataSet, _ split: String?, _ spec: TrainerSpec, _ validation: Validation?
  ) throws(Fault) {
    let spec = try TrainerSpec(json: spec.json)
    let rows = try data.rows(of: data.trainingSplit(split))
    self.vae = vae
    id = try vae.core.withLock { (core) throws(Fault) in
      try core.model.check(data, rows, at: "data")
      let held = try Self.held(validation, data, core.model)
      try spec.check(core.model, rows: rows.count, isValidated: held != nil)
      try spec.check(core.model, on: data, rows)
      let trainer = try Trainer(
        spec, model: core.model, data: data, rows: rows, validation: held)
      core.trainersMade += 1
      core.trainers[core.trainersMade] = trainer
      return core.trainersMade
    }
  }

  deinit { vae.core.withLock { $0.trainers[id] = nil } }

  private static func held(
    _ validation: Validation?, _ data: DataSet, _ model: Model
  ) throws(Fault) -> Trainer.Validation? {
    guard let validation else { return nil }
    return try within("validation") { () throws(Fault) in
      try require(validation.every, in: 1...(.max), at: "every")
      try require(validation.samples, in: 1...1_000_000, at: "samples")
      let other = validation.data ?? data
      let rows = try other.rows(of: validation.split)
      try model.check(other, rows, at: "data")
      return Trainer.Validation(
        data: other, rows: rows, every: validation.every, samples: validation.samples)
    }
  }

  /// The number of updates so far.
  public var update: Int { with { (trainer, _) in trainer.update } }

  /// Both terms of the objective at every update, and the validations.
  public var history: History { with { (trainer, _) in trainer.history } }

  /// The number of updates in one pass over all rows.
  public var updatesPerEpoch: Int { with { (trainer, _) in trainer.updatesPerEpoch } }

  /// Changes settings from the next update on; those that are nil stay as they are. Each change is
  /// kept in `history.changes`.
  ///
  /// `rate` is the optimizer's step size, `schedule` counts from the first update, `onRefusal` is
  /// the policy for refused updates, and `objective` may differ from the present one in its
  /// weights. Throws `params`, and changes nothing, if a value is out of bounds or the objective
  /// differs in what its memory depends on; `memory` if there is none for a snapshot to go back to.
  public func set(
    rate: Double? = nil, schedule: Choice<ScheduleKind>? = nil, clip: Double? = nil,
    objective: Choice<ObjectiveKind>? = nil, onRefusal: Choice<PolicyKind>? = nil
  ) throws(Fault) {
    var adjustment = Adjustment()
    (adjustment.rate, adjustment.schedule, adjustment.clip) = (rate, schedule, clip)
    adjustment.onRefusal = onRefusal
    // Options set in Swift have the same bounds as those of a request.
    adjustment = try Adjustment(json: adjustment.json)
    let checked = try within("objective") { () throws(Fault) in
      try Choice<ObjectiveKind>?(json: objective.json)
    }
    try with { (trainer, _) throws(Fault) in
      try trainer.adjust(adjustment, objective: checked)
    }
  }

  /// Makes `updates` updates and returns the latest terms.
  ///
  /// Throws `notFinite` if an update would leave float32, with everything as it was before that
  /// update, unless the training's `onRefusal` says otherwise; and `cancelled` once `stop` is
  /// raised.
  @discardableResult
  public func step(_ updates: Int = 1, stop: StopFlag? = nil) throws(Fault) -> Progress {
    try require(updates, in: 1...(.max), at: "updates")
    let first = update
    let (end, isTooLarge) = first.addingReportingOverflow(updates)
    // A policy may pass over a batch or go back, so that a step is no update.
    while true {
      // Other threads may query the model between two updates.
      let isOver = try with { (trainer, team) throws(Fault) in
        try trainer.step(team, stop: stop)
        return trainer.isConverged || !isTooLarge && trainer.update >= end
      }
      if isOver { break }
    }
    return with { (trainer, _) in Progress(trainer, since: min(first, trainer.update)) }
  }

  /// Trains for `updates` updates and reports progress after every `every` of them.
  ///
  /// It trains only while its next element is awaited; if its task is cancelled, the sequence ends
  /// with the updates made so far.
  public func run(updates: Int, every: Int = 100) -> TrainingRun {
    TrainingRun(training: self, updates: updates, every: max(1, every))
  }

  /// Trains for `epochs` passes over all rows.
  public func run(epochs: Int, every: Int = 100) -> TrainingRun {
    let (updates, isTooLarge) = epochs.multipliedReportingOverflow(by: updatesPerEpoch)
    return run(updates: isTooLarge ? .max : updates, every: every)
  }

  private func with<T: Sendable, E: Error>(
    _ body: (Trainer, Team) throws(E) -> T
  ) throws(E) -> T {
    try vae.core.withLock { (core) throws(E) in
      guard let trainer = core.trainers[id] else {
        preconditionFailure("a trainer is there from init to deinit")
      }
      return try body(trainer, core.team)
    }
  }
}

extension VAE {
  /// Prepares a training, without any update yet.
  ///
  /// `split` defaults to "train" if the data were split, else to all rows; it must be given for
  /// folds. The options are those of `trainer.create` in the protocol. Throws `params`, `shape`,
  /// `support` and `memory`.
  public func training(
    on data: DataSet, split: String? = nil, objective: Choice<ObjectiveKind> = .elbo,
    optimizer: Choice<OptimizerKind> = .adam, schedule: Choice<ScheduleKind> = .constant,
    batch: Int = 100, seed: Int = 0, balance: Bool = false,
    augment: [Choice<AugmentationKind>] = [], clip: Double? = nil, stopping: Stopping? = nil,
    onRefusal: Choice<PolicyKind>? = nil, validation: Training.Validation? = nil
  ) throws(Fault) -> Training {
    var spec = TrainerSpec()
    (spec.objective, spec.optimizer, spec.schedule) = (objective, optimizer, schedule)
    (spec.batch, spec.seed, spec.clip, spec.stopping) = (batch, seed, clip, stopping)
    (spec.balance, spec.augment) = (balance ? true : nil, augment.isEmpty ? nil : augment)
    spec.onRefusal = onRefusal
    return try Training(self, data, split, spec, validation)
  }
}
