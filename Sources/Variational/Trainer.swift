import JSON
import Layers
import Tensors

/// How a trainer works: everything but its numbers. It is what `trainer.create` is given and what a saved file holds.
public struct TrainerSpec: Described {
  public var objective = Choice<ObjectiveKind>(EvidenceLowerBound()) { $0 }
  public var optimizer = Choice<OptimizerKind>(Adam()) { $0 }
  public var schedule = Choice<ScheduleKind>(ConstantRate()) { $0 }
  public var batch = 100
  public var seed = 0
  public var clip: Double?
  public var averaging: Averaging?
  public var stopping: Stopping?

  public init() {}

  public static let fields: [Field<TrainerSpec>] = [
    Field("objective", \.objective, "What is maximised."),
    Field("optimizer", \.optimizer, "How the parameters move."),
    Field(
      "schedule", \.schedule, "What the optimizer's rate is multiplied by as training goes on."),
    Field(
      "batch", \.batch, "Examples in an update; the last batch of an epoch has what is left.",
      .from(1, to: 1 << 20)),
    Field("seed", \.seed, "Of the order of the rows and of the noise.", .seed),
    Field(
      "clip", \.clip, "Largest norm of the gradient; a longer one is shortened to it.", .above(0)),
    Field(
      "averaging", \.averaging,
      "An average of the weights, which is validated in their place; trainer.model copies it."),
    Field(
      "stopping", \.stopping,
      "Keeps the best of the validations, and ends training where no better one comes."),
  ]
}

extension TrainerSpec {
  /// Throws `params` where the objective cannot be had with this model, or on so many rows, and `memory` where there is not enough.
  public func check(_ model: Model, rows: Int) throws(Fault) {
    let batch = min(batch, rows)
    try within("objective") { () throws(Fault) in
      try objective.product.check(model, batch: batch)
    }
    try within("batch") { () throws(Fault) in
      try model.requireMemory(
        for: objective.product, batch: batch, slots: optimizer.product.slots)
    }
  }
}

/// Fits a model to data by stochastic gradient ascent, one update at a time.
public final class Trainer {
  public let spec: TrainerSpec
  public let model: Model
  public let data: any Examples
  public let validation: Validation?
  public private(set) var history = History()
  /// What the optimizer keeps, each laid out like the parameters.
  public let slots: [Parameters]
  /// The averaged parameters, where there are to be any, with the model's own running statistics as of the latest validation.
  public let average: Model?
  /// As it was at the best validation, where that is kept.
  let best: Checkpoint?
  public private(set) var standing = Standing()
  private let slotBases: UnsafeMutablePointer<UnsafeMutablePointer<Float>>
  private let optimizer: any OptimizerModule
  private let schedule: any ScheduleModule
  private let gradient: Gradient
  private var batches: Batches
  /// What the update that is being applied multiplies gradient and rate by.
  private var scale: Float = 0
  private var rateFactor = 1.0
  private var averageShare: Float = 0
  /// Of the parameters, each of which a thread moves at a time.
  private let stretches: [Range<Int>]
  /// Made once: a closure made for every update would be an allocation.
  private var moveStretch: (Int) -> Void = { _ in }

  /// Which rows are validated, and when.
  public struct Validation {
    public var data: any Examples
    public var rows: [UInt32]
    public var every: Int
    public var samples: Int

    public init(data: any Examples, rows: [UInt32], every: Int, samples: Int) {
      self.data = data
      self.rows = rows
      self.every = every
      self.samples = samples
    }
  }

  /// `rows` are the rows of `data` that are trained on. Throws `memory`.
  public init(
    _ spec: TrainerSpec, model: Model, data: any Examples, rows: [UInt32],
    validation: Validation? = nil
  ) throws(Fault) {
    self.spec = spec
    self.model = model
    self.data = data
    self.validation = validation
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
    slotBases = .allocate(capacity: max(1, slots.count))
    for (index, slot) in slots.enumerated() {
      if let base = slot.all.baseAddress { (slotBases + index).initialize(to: base) }
    }
    try Memory.require(Size(rows.count) * 8, for: "the order of \(rows.count) rows")
    batches = Batches(rows: rows, size: spec.batch, seed: spec.seed)
    gradient = try Gradient(
      model, spec.objective.product, batch: batches.size, population: rows.count)
    stretches = GradientPiece.stretches(model.parameters.all.indices)
    moveStretch = { [unowned self] in move(stretches[$0]) }
  }

  deinit { slotBases.deallocate() }

  /// Updates done.
  public var update: Int { history.count }
  public var updatesPerEpoch: Int { batches.perEpoch }
  /// Updates until the objective is what it was asked to be; nil where it is.
  public var warmUpLeft: Int? {
    let left = spec.objective.product.warmUpEnd - update
    return left > 0 ? left : nil
  }

  /// Makes room for the history of so many updates. Throws `memory`.
  public func reserve(_ updates: Int) throws(Fault) { try history.reserve(updates) }

  /// Goes on from a saved state. The slots have been filled.
  public func restore(_ history: History) {
    self.history = history
    standing = Standing()
    for index in history.validation.update.indices { _ = count(history.validation, index) }
  }

  /// Whether `stopping` says that it is enough.
  public var isConverged: Bool {
    spec.stopping?.patience.map { standing.since >= $0 } ?? false
  }

  /// One update. Throws `notFinite`, and what reading the rows throws, with the parameters and everything else as they were before.
  public func step(_ team: Team) throws(Fault) {
    try history.makeRoom()
    let update = history.count + 1
    let range = batches.range(of: update)
    let (means, squares) = batches.order.withUnsafeBufferPointer { order in
      gradient.compute(
        UnsafeBufferPointer(rebasing: order[range]), of: data,
        update: UInt32(truncatingIfNeeded: update), seed: spec.seed, team: team)
    }
    if let fault = data.takeFault() { throw fault }
    guard means.objective.isFinite, squares.isFinite else {
      throw notFinite(update, range, means)
    }
    let norm = squares.squareRoot()
    let scale = spec.clip.map { norm > $0 ? $0 / norm : 1 } ?? 1
    // The gradient is that of what is maximised, and optimizers go down: hence the minus.
    self.scale = Float(-scale)
    rateFactor = schedule.factor(update: update, updatesPerEpoch: batches.perEpoch)
    averageShare = Float(spec.averaging?.share(at: update) ?? 0)
    team.run(moveStretch, lanes: stretches.count)
    gradient.absorb()
    history.reconstruction.append(Float(means.reconstruction))
    history.divergence.append(Float(means.divergence))
    history.objective.append(Float(means.objective))
    if let validation, update % validation.every == 0 {
      try validate(validation, update, team)
    }
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
      average[i] += averageShare * (parameters[i] - average[i])
    }
  }

  private func validate(_ validation: Validation, _ update: Int, _ team: Team) throws(Fault) {
    average?.state.copy(model.state)
    let evaluation = Evaluation(average ?? model, samples: validation.samples, seed: spec.seed)
    let terms = try evaluation.bound(
      of: validation.data, rows: validation.rows, update: UInt32(truncatingIfNeeded: update),
      team: team)
    history.validation.update.append(update)
    history.validation.reconstruction.append(terms.reconstruction.mean)
    history.validation.divergence.append(terms.divergence.mean)
    if count(history.validation, history.validation.update.count - 1) { best?.take(self) }
  }

  /// Takes a validation into account; true where it is the best.
  private func count(_ validation: History.Validation, _ index: Int) -> Bool {
    guard let stopping = spec.stopping else { return false }
    return standing.take(
      validation.reconstruction[index] - validation.divergence[index],
      at: validation.update[index], stopping,
      warmUpEnd: max(spec.objective.product.warmUpEnd, schedule.warmUpEnd))
  }

  private func notFinite(_ update: Int, _ range: Range<Int>, _ means: Gradient.Means) -> Fault {
    let tensor = gradient.sum.specs.indices.first { index in
      !gradient.sum.isFinite(index)
    }
    let rows = gradient.rowsNotFinite(range.count).prefix(8).map {
      "\(batches.order[range.lowerBound + $0])"
    }
    let name = tensor.map { "the gradient of \(gradient.sum.specs[$0].name)" } ?? "the objective"
    let which = rows.isEmpty ? "" : " (rows \(rows.joined(separator: ", ")))"
    return Fault(
      .notFinite,
      "update \(update): \(name) is not finite\(which); the parameters are those before it",
      got: JSON.real(means.objective).line,
      hint: "lower the optimizer's rate, set \"clip\", or check the data")
  }
}
