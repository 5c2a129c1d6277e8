import CKernels
import Files
import JSON
import Layers
import Tensors

/// The gradient of an objective over a batch, computed by shards on the lanes of a team.
///
/// The batch is divided into shards of rows, which are assigned to at most eight lanes; both depend
/// only on the numbers of rows and samples. In a round every lane runs one shard, all lanes meet,
/// and the outer products are added up over the shards, piece by piece. Of all other gradients each
/// lane has its own, which its first shard overwrites and its later shards add to; they are summed
/// over the lanes in order at the end. If the prior has inputs, the lanes encode them first, once
/// for all, and pass their gradient back last. So the result is the same to the bit for any number
/// of threads, and of processes, which share lanes and pieces (`GradientExchange`).
final class Gradient {
  static let maximumLanes = 8

  let model: Model
  private(set) var objective: any Objective
  /// The division of a full batch into shards.
  let cut: ShardCut
  let lanes: [Parameters]
  let workspaces: [Workspace]
  private let couplesRows: Bool
  let latents: LatentBatch?
  private let inputs: EncodedInputs?
  /// The gradient of each workspace in the prior's encoded inputs.
  let inputSlopes: [Block]
  private let population: Int
  /// The factor of each row of the data, if rows have weights.
  private let factors: Buffer<Float>?
  private var buffers: [Buffer<Double>] = []
  /// The number of rows of a full batch.
  private let batch: Int
  private let totals: UnsafeMutablePointer<Double>
  /// The reconstruction, the divergence and the objective of every example of the batch.
  let values: UnsafeMutablePointer<Double>
  /// The arguments of a call of `compute`, for the lanes.
  struct Work {
    /// The whole batch, as one shard.
    let batch: Shard
    let training: Workspace.Training
    let data: any Examples
    let shards: Int
    let used: Int
    /// The lanes and the pieces that this process computes: all if it is alone.
    let ownLanes: Range<Int>
    let ownPieces: Range<Int>
    /// The shards of the current round.
    var round: Range<Int>

    var isLast: Bool { round.upperBound == shards }
    var isStopped: Bool { batch.isStopped }
  }

  /// The latest call, which the lanes read.
  private var call: Work?
  /// The work of a lane, stored because a closure made for every update would be an allocation.
  private var runLane: (Int) -> Void = { _ in }
  private var addPiece: (Int) -> Void = { _ in }
  private var encodeInputs: (Int) -> Void = { _ in }
  private var passInputs: (Int) -> Void = { _ in }
  /// Where the shards have stopped, the same for all.
  var halt = Halt.end
  let pieces: [GradientPiece]
  /// The sum of squares of every piece.
  let squares: UnsafeMutablePointer<Double>
  /// The gradient over the whole batch.
  let sum: Parameters

  /// `population` is the number of rows that batches are drawn from, by default that of one batch.
  /// `factors` are those of all rows of the data, if rows have weights. Throws `memory`.
  init(
    _ model: Model, _ objective: any Objective, batch: Int, population: Int? = nil,
    factors: Buffer<Float>? = nil
  ) throws(Fault) {
    self.model = model
    self.factors = factors
    self.population = population ?? batch
    self.batch = batch
    self.objective = objective
    let cut = ShardCut(batch: batch, draws: objective.samples)
    self.cut = cut
    let lanes = min(Self.maximumLanes, cut.count)
    couplesRows = model.couplesRows(objective)
    latents = try objective.coupling.map { (coupling) throws(Fault) in
      try LatentBatch(model, coupling, batch: batch)
    }
    self.lanes = try (0..<lanes).map { (_) throws(Fault) in
      try Parameters(model.parameters.specs)
    }
    let inputs =
      model.prior.encodedInputs == 0
      ? nil
      : try EncodedInputs(
        model, parts: min(lanes, model.prior.encodedInputs), isTraining: true)
    self.inputs = inputs
    // The rows of every shard must stay between two seams; without seams, the shards of a lane
    // share one workspace.
    workspaces = try (0..<(couplesRows ? cut.count : lanes)).map { (_) throws(Fault) in
      try Workspace(
        model, rows: cut.rowsPerShard, samples: objective.samples, inputs: inputs,
        isTraining: true)
    }
    inputSlopes = workspaces.map(\.inputSlope)
    sum = try Parameters(model.parameters.specs)
    let sums = max(1, model.encoder.sumCount + model.decoder.sumCount)
    buffers.append(try Buffer(Size(sums), for: "the sums of a batch"))
    buffers.append(try Buffer(Size(batch) * 3, for: "the terms of a batch of \(batch)"))
    (totals, values) = (buffers[0].base, buffers[1].base)
    pieces = GradientPiece.cut(model, sum)
    buffers.append(try Buffer(Size(pieces.count), for: "the norms of a gradient's pieces"))
    squares = buffers[2].base
    runLane = { [unowned self] in couplesRows ? advance($0) : runShard(of: $0) }
    addPiece = { [unowned self] in add($0) }
    encodeInputs = { [unowned self] in self.inputs?.encode($0) }
    passInputs = { [unowned self] in pass($0) }
  }

  /// Returns w / mean(w) for every row of the data, where the mean is that of `rows`, all those
  /// that batches are drawn from: so the mean over a batch drawn from them has the mean over all of
  /// them as its expectation. Returns nil if rows have no weights. Throws `params` and `memory`.
  static func factors(
    _ rows: [UInt32], of data: any Examples
  ) throws(Fault) -> Buffer<Float>? {
    guard let weights = data.weights, let weighting = try Weighting(rows, of: data) else {
      return nil
    }
    let factors = try Buffer<Float>(Size(weights.count), for: "the weights of the rows")
    for (row, weight) in weights.enumerated() {
      factors.base[row] = Float(Double(weight) / weighting.mean)
    }
    return factors
  }

  /// Maximises another objective from now on, for which the memory must be laid out the same way.
  func maximise(_ objective: any Objective) {
    self.objective = objective
    if let coupling = objective.coupling { latents?.objective = coupling }
  }

  /// Returns the approximate memory of a gradient.
  fileprivate static func bytes(_ model: Model, _ objective: any Objective, batch: Int) -> Size {
    let cut = ShardCut(batch: batch, draws: objective.samples)
    let workspace = Workspace.bytes(
      model, rows: cut.rowsPerShard, samples: objective.samples, isTraining: true)
    let lanes = min(maximumLanes, cut.count)
    return workspace * (model.couplesRows(objective) ? cut.count : lanes)
      + Parameters.bytes(model.parameters.specs) * (lanes + 1)
  }

  /// The means over the batch.
  struct Means {
    var reconstruction: Double
    var divergence: Double
    var objective: Double
  }

  /// Computes the gradient of the objective for these rows into `sum`; returns the means and the
  /// sum of the gradient's squares.
  ///
  /// Throws `cancelled` once `stop` is raised, which every shard checks before it begins and
  /// between its parts; the parameters and the state of the model are then unchanged. Throws what
  /// bringing distributed rows throws.
  func compute(
    _ names: UnsafeBufferPointer<UInt32>, of data: any Examples, update: UInt32, seed: Int,
    team: Team, stop: StopFlag? = nil
  ) throws(Fault) -> (means: Means, squares: Double) {
    guard let base = names.baseAddress else {
      return (Means(reconstruction: 0, divergence: 0, objective: 0), 0)
    }
    if data.isDistributed {
      try data.bring(names) { () throws(Fault) in try stop?.check() }
    }
    let shards = cut.count(for: names.count)
    let used = min(lanes.count, shards)
    var shard = Shard(names: base, rows: names.count, update: update, seed: seed)
    shard.batchShare = Double(names.count) / Double(batch)
    shard.stop = stop
    let training = Workspace.Training(
      gradients: sum.blocks, population: population,
      factors: factors.map { UnsafePointer($0.base) }, latents: latents,
      encoderTotals: UnsafePointer(totals),
      decoderTotals: UnsafePointer(totals + model.encoder.sumCount))
    // The rows of every shard must stay between two seams, so all shards form one round.
    let width = couplesRows ? shards : used
    let ownLanes = team.ranks?.share(of: used) ?? 0..<used
    let ownPieces = team.ranks?.share(of: pieces.count) ?? pieces.indices
    if let inputs {
      inputs.begin(seed: seed, update: update, stop: stop)
      team.run(encodeInputs, lanes: inputs.parts.count, phase: "prior")
    }
    for first in stride(from: 0, to: shards, by: width) {
      let call = Work(
        batch: shard, training: training, data: data, shards: shards, used: used,
        ownLanes: ownLanes, ownPieces: ownPieces, round: first..<min(first + width, shards))
      self.call = call
      if couplesRows {
        try runInStages(call, team)
      } else {
        team.run(runLane, lanes: call.round.count, phase: "passes")
      }
      if let ranks = team.ranks { try exchangeRound(call, ranks) } else { try stop?.check() }
      if call.isLast, inputs != nil { team.run(passInputs, lanes: used, phase: "prior") }
      team.run(addPiece, lanes: ownPieces.count, phase: "gradients")
      if let ranks = team.ranks { try exchangePieces(call, ranks) } else { try stop?.check() }
    }
    return (means(names.count), pieces.indices.reduce(0) { $0 + squares[$1] })
  }

  private func runShard(of lane: Int) {
    guard let call, !call.isStopped else { return }
    let shard = call.round.lowerBound + lane
    begin(workspaces[lane], call, shard, lane)
    // The outer products read the rows of all lanes.
    guard call.ownLanes.contains(lane) else { return }
    _ = workspaces[lane].advance(objective)
    keep(workspaces[lane], shard, call.batch.rows)
  }

  private func begin(_ workspace: Workspace, _ call: Work, _ index: Int, _ lane: Int) {
    let rows = cut.range(of: index, in: call.batch.rows)
    var shard = call.batch
    shard.names += rows.lowerBound
    shard.start = rows.lowerBound
    shard.rows = rows.count
    shard.accumulates = index >= call.used
    shard.isFresh = couplesRows || index < call.used
    var training = call.training
    training.gradients = lanes[lane].blocks
    workspace.gather(&shard, call.data)
    workspace.begin(shard, training)
  }

  /// Runs all shards from seam to seam; at each seam their sums are added up in order.
  private func runInStages(_ call: Work, _ team: Team) throws(Fault) {
    for shard in 0..<call.shards where !call.isStopped {
      begin(workspaces[shard], call, shard, shard % call.used)
    }
    while true {
      team.run(runLane, lanes: call.ownLanes.count, phase: "passes")
      // A cancelled pass may have left the shards at different seams.
      if let ranks = team.ranks {
        try exchangeSeam(call, ranks)
      } else {
        try call.batch.stop?.check()
      }
      if halt.place == .end { break }
      guard let isDecoder = halt.isDecoder else { continue }
      let offset = isDecoder ? model.encoder.sumCount : 0
      for index in halt.sums {
        totals[offset + index] = (0..<call.shards).reduce(0.0) { sum, shard in
          let workspace = workspaces[shard]
          return sum + (isDecoder ? workspace.decoder : workspace.encoder).sums[index]
        }
      }
    }
    for shard in 0..<call.shards where call.ownLanes.contains(shard % call.used) {
      keep(workspaces[shard], shard, call.batch.rows)
    }
  }

  /// Runs the shards of one of this process's lanes to the next seam.
  private func advance(_ place: Int) {
    guard let call else { return }
    let lane = call.ownLanes.lowerBound + place
    for shard in stride(from: lane, to: call.shards, by: call.used) where !call.isStopped {
      let next = workspaces[shard].advance(objective)
      if shard == 0 { halt = Halt(next) }
    }
  }

  /// Copies a shard's terms to its rows' places in the batch.
  private func keep(_ workspace: Workspace, _ shard: Int, _ count: Int) {
    let terms = workspace.terms
    let samples = objective.samples
    let range = cut.range(of: shard, in: count)
    for (row, place) in range.enumerated() {
      var sum = 0.0
      for sample in row * samples..<(row + 1) * samples { sum += terms.reconstruction[sample] }
      values[3 * place] = sum / Double(samples)
      values[3 * place + 1] = terms.divergence[row]
      values[3 * place + 2] = terms.objective[row]
    }
  }

  private func means(_ count: Int) -> Means {
    var means = Means(reconstruction: 0, divergence: 0, objective: 0)
    for row in 0..<count {
      means.reconstruction += values[3 * row]
      means.divergence += values[3 * row + 1]
      means.objective += values[3 * row + 2]
    }
    means.reconstruction /= Double(count)
    means.divergence /= Double(count)
    means.objective /= Double(count)
    return means
  }

  /// Returns the rows of the batch whose objective is not finite in float32.
  func rowsNotFinite(_ count: Int) -> [Int] {
    (0..<count).filter { !Float(values[3 * $0 + 2]).isFinite }
  }

  /// Passes back the gradient of some of the prior's inputs, and adds to a lane's gradients.
  private func pass(_ lane: Int) {
    guard let call, let inputs, !call.isStopped else { return }
    let slopes = inputSlopes.prefix(slopes(call))
    for part in stride(from: lane, to: inputs.parts.count, by: call.used) {
      inputs.backward(part, slopes: slopes, lanes[lane].blocks)
    }
  }

  /// The number of workspaces with a gradient in the prior's inputs.
  func slopes(_ call: Work) -> Int {
    inputs == nil ? 0 : couplesRows ? call.shards : call.used
  }

  /// Computes one of this process's pieces.
  private func add(_ place: Int) {
    guard let call, !call.isStopped, let base = sum.all.baseAddress else { return }
    let index = call.ownPieces.lowerBound + place
    switch pieces[index] {
    case .product(let product):
      let gradient = sum.blocks[product.parameter].rows(product.rows).columns(product.columns)
      for place in call.round.indices {
        workspaces[place - call.round.lowerBound].addOuterProduct(
          product, into: gradient, accumulate: place > 0)
      }
      guard call.isLast else { return }
      if !product.isDecoder { inputs?.addOuterProduct(product, into: gradient) }
      squares[index] = elbo_sum_of_squares(
        gradient.rows, gradient.columns, gradient.stride, gradient.base)
    case .sum(let range):
      guard call.isLast else { return }
      withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: call.used) {
        sources in
        for lane in 0..<call.used {
          sources[lane] = lanes[lane].all.baseAddress.map { UnsafePointer($0 + range.lowerBound) }
        }
        squares[index] = elbo_sum_lanes(
          range.count, call.used, sources.baseAddress, base + range.lowerBound)
      }
    }
  }

  /// Updates the running statistics from the batch, after an accepted update.
  func absorb() {
    guard couplesRows, let workspace = workspaces.first, let shard = workspace.shard else { return }
    workspace.encoder.absorb(workspace.context(shard, isDecoder: false, samples: 1))
    workspace.decoder.absorb(workspace.context(shard, isDecoder: true, samples: objective.samples))
  }

  /// Returns the name of the first running statistic that `absorb` would leave with a number that
  /// is not finite.
  func firstNotAbsorbed() -> String? {
    guard couplesRows, let workspace = workspaces.first, let shard = workspace.shard else {
      return nil
    }
    let encoder = workspace.encoder.firstNotAbsorbed(
      workspace.context(shard, isDecoder: false, samples: 1))
    let decoder = workspace.decoder.firstNotAbsorbed(
      workspace.context(shard, isDecoder: true, samples: objective.samples))
    let place = encoder ?? decoder.map { model.decoderState + $0 }
    return place.map { model.state.specs[$0].name }
  }
}

extension Model {
  /// Throws `memory` unless there is room for `gradients` gradients of the objective over `batch`
  /// rows, and for `slots` slots of an optimizer.
  package func requireMemory(
    for objective: any Objective, batch: Int, gradients: Int = 1, slots: Int = 0
  ) throws(Fault) {
    try Memory.require(
      Gradient.bytes(self, objective, batch: batch) * gradients
        + Parameters.bytes(parameters.specs) * slots,
      for: "a gradient over \(batch) rows with \(objective.samples) samples each",
      hint: "take fewer samples or a smaller batch")
  }
}
