import Files
import JSON
import Layers
import Tensors

/// Fits a model to data by stochastic gradient ascent, one update at a time.
package final class Trainer {
  /// The present settings; those of earlier updates follow from the changes in the history.
  package private(set) var spec: TrainerSpec {
    didSet {
      (optimizer, schedule) = (spec.optimizer.product, spec.schedule.product)
      policy = Self.policy(spec)
      gradient.maximise(spec.objective.product)
    }
  }
  package let model: Model
  package let data: any Examples
  /// The training rows of `data`.
  package let rows: [UInt32]
  package let validation: Validation?
  /// The rows as batches take them.
  private let examples: any Examples
  /// What a file says about the rows, computed once.
  package private(set) lazy var rowsRecord = RowsRecord(
    rows, of: data, for: model, isBalanced: spec.balance == true)
  package private(set) lazy var validationRowsRecord = validation.map {
    RowsRecord($0.rows, of: $0.data, for: model)
  }
  package private(set) var history = History()
  /// The optimizer's state, each slot laid out like the parameters.
  package let slots: [Parameters]
  /// The averaged parameters, if averaging is on, with the model's own running statistics as of the
  /// latest validation.
  package let average: Model?
  /// The state to which a refused update leads back, if the policy wants one.
  private(set) var good: GoodState?
  /// The state at the best validation, if that is kept.
  let best: Checkpoint?
  package private(set) var standing = Standing()
  private(set) var watch = CollapseWatch()
  /// The dead latents of the latest validation.
  private(set) var deadLatents: DeadLatents?
  private let slotBases: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  private var optimizer: any OptimizerModule
  private var schedule: any ScheduleModule
  private var policy: any RefusalPolicy
  let gradient: Gradient
  private var batches: Batches
  /// The factors of gradient and rate in the current update.
  private var scale: Float = 0
  private var rateFactor = 1.0
  private var averageShare: Float = 0
  /// Whether the validation of the latest update was cancelled.
  private var isValidationOwed = false
  /// Bounds on the magnitudes in the slots.
  private var slotBounds = SIMD4<Double>()
  /// The state before an update that may leave float32; allocated when first needed.
  private var copy: Checkpoint?
  /// Stretches of the parameters; a thread moves one at a time.
  private let stretches: [Range<Int>]
  /// Made once, because a closure made for every update would be an allocation.
  private var moveStretch: (Int) -> Void = { _ in }

  /// `rows` are the training rows of `data`. Throws `memory`.
  package init(
    _ spec: TrainerSpec, model: Model, data: any Examples, rows: [UInt32],
    validation: Validation? = nil
  ) throws(Fault) {
    let spec = spec.completed(for: model)
    self.spec = spec
    self.model = model
    self.data = data
    self.rows = rows
    self.validation = validation
    examples = Self.batchExamples(data, spec)
    optimizer = spec.optimizer.product
    schedule = spec.schedule.product
    let slots = try (0..<optimizer.slots).map { (_) throws(Fault) in
      try Parameters(model.parameters.specs)
    }
    self.slots = slots
    average = spec.averaging == nil ? nil : try Model(copying: model)
    best =
      spec.stopping?.keepBest == true && validation != nil
      ? try Checkpoint(model, slots: slots.count, isAveraged: average != nil) : nil
    policy = Self.policy(spec)
    good =
      spec.keepsSnapshot
      ? try GoodState(model, slots: slots.count, isAveraged: average != nil) : nil
    slotBases = .allocate(capacity: max(1, slots.count))
    for (index, slot) in slots.enumerated() {
      if let base = slot.all.baseAddress { (slotBases + index).initialize(to: base) }
    }
    let labels = spec.balance == true ? data.labels : nil
    try Memory.require(
      Size(rows.count) * (labels == nil ? 8 : 48), for: "the order of \(rows.count) rows")
    batches = Batches(
      rows: rows, size: spec.batch, seed: spec.seed, last: spec.lastBatch ?? .keep,
      classes: labels.map { Batches.classes(of: rows, $0) } ?? [])
    gradient = try Gradient(
      model, spec.objective.product, batch: batches.size, population: rows.count,
      factors: Gradient.factors(rows, of: data))
    stretches = GradientPiece.stretches(model.parameters.all.indices)
    moveStretch = { [unowned self] in move(stretches[$0]) }
  }

  deinit { slotBases.deallocate() }

  /// The number of updates so far.
  package var update: Int { history.count }
  package var updatesPerEpoch: Int { batches.perEpoch }
  /// The number of rows in an epoch: all except dropped ones.
  package var rowsPerEpoch: Int { batches.rowsPerEpoch }
  /// The number of updates until the objective is the one that was asked for; nil if it is now.
  package var warmUpLeft: Int? {
    let left = spec.objective.product.warmUpEnd - update
    return left > 0 ? left : nil
  }

  /// Makes room for the history of `updates` more updates. Throws `memory`.
  package func reserve(_ updates: Int) throws(Fault) { try history.reserve(updates) }

  /// Restores a saved history, and the dead latents of its latest validation. The slots must have
  /// been filled before.
  func restore(_ history: History, _ deadLatents: DeadLatents? = nil) {
    self.history = history
    self.deadLatents = deadLatents
    slotBounds = Reach.measure(slots)
    isValidationOwed =
      validation.map {
        update > 0 && update % $0.every == 0 && history.validation.update.last != update
      } ?? false
    good?.restart(history)
    watch.restart(history, spec, latent: model.spec.latent)
    standing = Standing()
    var warmUp = WarmUpEnds(spec, history.changes)
    for index in history.validation.update.indices {
      _ = count(history.validation, index, &warmUp)
    }
  }

  private static func policy(_ spec: TrainerSpec) -> any RefusalPolicy {
    spec.onRefusal?.product ?? StopPolicy()
  }

  /// Makes room for a snapshot to go back to, which is taken before the next update, or gives it up
  /// where none is wanted. Throws `memory`.
  func keepSnapshot(_ isWanted: Bool) throws(Fault) {
    guard isWanted != (good != nil) else { return }
    good =
      isWanted ? try GoodState(model, slots: slots.count, isAveraged: average != nil) : nil
    good?.restart(history)
  }

  /// Takes other settings from the next update on.
  func take(_ spec: TrainerSpec, _ change: Change) {
    self.spec = spec
    history.changes.append(change)
    if change.objective != nil {
      watch.restart()
      deadLatents = nil
    }
  }

  /// Returns the settings that made an update. Throws `params` if a change does not fit.
  func settings(of update: Int) throws(Fault) -> TrainerSpec {
    var spec = spec
    for change in history.changes.reversed() where change.update >= update {
      try change.undo(&spec)
    }
    return spec
  }

  /// What goes wrong in the training, in words; nil if nothing does.
  package var warning: String? {
    watch.warning ?? deadLatents?.warning(of: model.spec.latent)
  }

  /// Whether `stopping` ends the training.
  package var isConverged: Bool {
    spec.stopping?.patience.map { standing.since >= $0 } ?? false
  }

  /// Makes one update; or, if it is refused, follows the policy, which may pass over the batch or
  /// go back to the snapshot. Throws `notFinite` where the policy ends the run, `cancelled` once
  /// `stop` is raised, and what reading the rows throws, with the parameters and everything else
  /// unchanged; and `notFinite` if the validation after the update is not finite, with both in the
  /// history.
  ///
  /// A validation that was cancelled is made first, so that the updates are those of a run that was
  /// never cancelled.
  package func step(_ team: Team, stop: StopFlag? = nil) throws(Fault) {
    try history.makeRoom()
    if let good, good.update == nil { good.take(self) }
    if let refused = try attempt(team, stop) { try goOn(after: refused) }
  }

  /// Makes one update; returns why if it is refused, with everything unchanged.
  private func attempt(_ team: Team, _ stop: StopFlag?) throws(Fault) -> RefusedUpdate? {
    if let validation, isValidationOwed {
      if let refused = try validate(validation, team, stop) { return refused }
      if isConverged { return nil }
    }
    let update = history.count + 1
    let range = batches.range(of: update + history.skipped.count)
    let (means, squares) = try reading(data) { () throws(Fault) in
      try batches.order.withUnsafeBufferPointer { (order) throws(Fault) in
        try gradient.compute(
          UnsafeBufferPointer(rebasing: order[range]), of: examples,
          update: UInt32(truncatingIfNeeded: update), seed: spec.seed, team: team, stop: stop)
      }
    }
    guard Float(means.objective).isFinite, squares.isFinite else {
      return RefusedUpdate(update: update, cause: notFinite(range, means))
    }
    if let name = gradient.firstNotAbsorbed() {
      return RefusedUpdate(update: update, cause: .statistics(name))
    }
    let norm = squares.squareRoot()
    let scale = spec.clip.map { norm > $0 ? $0 / norm : 1 } ?? 1
    // The gradient is that of what is maximised, and optimizers descend: hence the minus.
    self.scale = Float(-scale)
    rateFactor = schedule.factor(update: update, updatesPerEpoch: batches.perEpoch)
    averageShare = Float(spec.averaging?.share(at: update) ?? 0)
    var reach = Reach(
      update: update, rateFactor: rateFactor, gradient: norm * Double(self.scale.magnitude),
      slots: slotBounds)
    optimizer.foresee(&reach)
    if reach.isSafe {
      team.run(moveStretch, lanes: stretches.count, phase: "optimizer")
      slotBounds = reach.slots
    } else {
      if let refused = try moveOnTrial(update, team) { return refused }
    }
    gradient.absorb()
    history.reconstruction.append(Float(means.reconstruction))
    history.divergence.append(Float(means.divergence))
    history.objective.append(Float(means.objective))
    if update % CollapseWatch.length == 0 {
      watch.take(
        history, upTo: update, latent: model.spec.latent, warmUpEnd: spec.warmUpEnd)
    }
    if let validation, update % validation.every == 0 {
      return try validate(validation, team, stop)
    }
    return nil
  }

  /// Follows the policy after a refusal. Throws the error of the update where it ends the run.
  private func goOn(after refused: RefusedUpdate) throws(Fault) {
    var refusals = Refusals()
    refusals.skippedInARow = history.skippedInARow
    (refusals.skipped, refusals.rewound) = (history.skipped.count, history.rewound)
    refusals.isOfValidation = refused.isOfValidation
    switch policy.way(after: refusals) {
    case .end: throw try fault(refused)
    case .skip:
      // The update whose validation failed was made.
      guard !refused.isOfValidation else { throw try fault(refused) }
      history.skipped.append(refused.update)
    case .rewind(let factor):
      guard let good, let update = good.update, let rate = spec.optimizer.rate else {
        throw try fault(refused)
      }
      var (next, change) = (spec, Change(at: update))
      next.optimizer = try spec.optimizer.with(rate: rate * factor)
      change.rate = Changed(from: rate, to: rate * factor)
      change.refused = refused.update
      good.checkpoint.giveBack(to: self)
      restore(history.rewound(to: update))
      take(next, change)
    }
  }

  /// Returns the result of `work`. If rows could not be read, this is the cause of every other
  /// failure, and that fault is thrown.
  private func reading<T>(
    _ data: any Examples, _ work: () throws(Fault) -> T
  ) throws(Fault) -> T {
    do throws(Fault) {
      let answer = try work()
      if let fault = data.takeFault() { throw fault }
      return answer
    } catch { throw data.takeFault() ?? error }
  }

  /// Moves the parameters; returns why, with all of them restored, if a number does not stay
  /// finite. Throws `memory`.
  private func moveOnTrial(_ update: Int, _ team: Team) throws(Fault) -> RefusedUpdate? {
    let copy: Checkpoint
    if let held = self.copy {
      copy = held
    } else {
      copy = try Checkpoint(model, slots: slots.count, isAveraged: average != nil)
      self.copy = copy
    }
    copy.take(self)
    team.run(moveStretch, lanes: stretches.count, phase: "optimizer")
    if let array = firstNotFinite {
      copy.giveBack(to: self)
      return RefusedUpdate(update: update, cause: .move(array))
    }
    slotBounds = Reach.measure(slots)
    return nil
  }

  /// The first of the trained, kept and averaged arrays that has a number that is not finite.
  private var firstNotFinite: RefusedUpdate.Trained? {
    let stores =
      slots.enumerated().map { ("slot \($0) of ", $1) } + [("", model.parameters)]
      + (average.map { [("the average of ", $0.parameters)] } ?? [])
    for (words, store) in stores {
      for index in store.specs.indices where !store.isFinite(index) {
        return RefusedUpdate.Trained(words: words, store: store, index: index)
      }
    }
    return nil
  }

  private func move(_ stretch: Range<Int>) {
    guard let parameters = model.parameters.all.baseAddress, let sum = gradient.sum.all.baseAddress
    else { return }
    let start = stretch.lowerBound
    optimizer.step(
      Move(
        update: history.count + 1, rateFactor: rateFactor, count: stretch.count,
        parameters: parameters + start, gradient: sum + start, scale: scale, slots: slotBases,
        start: start))
    guard let average = average?.parameters.all.baseAddress else { return }
    for i in stretch {
      let (old, new) = (average[i], parameters[i])
      let moved = old + averageShare * (new - old)
      // Two finite numbers may be too far apart for float32, but everything between them is finite.
      average[i] = moved.isFinite ? moved : (1 - averageShare) * old + averageShare * new
    }
  }

  /// Validates the latest update. Throws `cancelled`, and what reading the rows throws; the
  /// validation is then still owed. Returns the refusal if the validation is not finite.
  private func validate(
    _ validation: Validation, _ team: Team, _ stop: StopFlag?
  ) throws(Fault) -> RefusedUpdate? {
    isValidationOwed = true
    average?.state.copy(model.state)
    let model = average ?? model
    let evaluation = Evaluation(model, samples: validation.samples, seed: spec.seed)
    let terms = try reading(validation.data) { () throws(Fault) in
      try evaluation.bound(
        of: validation.data, rows: validation.rows, update: UInt32(truncatingIfNeeded: update),
        byLatent: DeadLatents.rows, team: team
      ) { () throws(Fault) in try stop?.check() }
    }
    // Several processes agree about a cancel, the last time at the end of the rows.
    if team.ranks == nil { try stop?.check() }
    isValidationOwed = false
    history.validation.update.append(update)
    history.validation.reconstruction.append(terms.reconstruction.mean)
    history.validation.divergence.append(terms.divergence.mean)
    deadLatents = DeadLatents(terms.byLatent, at: update, warmUpEnd: spec.warmUpEnd)
    var warmUp = WarmUpEnds(spec, history.changes)
    let index = history.validation.update.count - 1
    let isBest = count(history.validation, index, &warmUp)
    if isBest { best?.take(self) }
    if let good, good.isGood(history, index) || isBest { good.take(self) }
    let rows = terms.elbo.notFinite
    guard let first = rows.first else { return nil }
    // A row that could not be read is the cause, so it is checked first.
    if let fault = validation.data.takeFault() { throw fault }
    return RefusedUpdate(
      update: update,
      cause: .validation(rows: rows.map { validation.rows[$0] }, elbo: terms.elbo.perRow[first]))
  }

  /// Takes a validation into account; returns true if it is the best.
  private func count(
    _ validation: History.Validation, _ index: Int, _ warmUp: inout WarmUpEnds
  ) -> Bool {
    guard let stopping = spec.stopping else { return false }
    let update = validation.update[index]
    return standing.take(
      validation.reconstruction[index] - validation.divergence[index], at: update, stopping,
      warmUpEnd: warmUp.end(of: update))
  }

  /// What is not finite after the gradient of a batch was computed.
  private func notFinite(_ range: Range<Int>, _ means: Gradient.Means) -> RefusedUpdate.Cause {
    .gradient(
      tensor: gradient.sum.specs.indices.first { !gradient.sum.isFinite($0) },
      rows: gradient.rowsNotFinite(range.count).map { batches.order[range.lowerBound + $0] },
      count: range.count, objective: means.objective)
  }
}
