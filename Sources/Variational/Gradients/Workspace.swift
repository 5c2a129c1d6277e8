import CKernels
import Files
import JSON
import Layers
import Tensors

/// The memory of one shard, and the pass of its rows: encoder, draw of z, decoder, likelihood, and
/// back.
///
/// Memory is laid out once; a pass allocates nothing. In training, a layer that couples rows
/// interrupts the pass: `advance` returns the seam at which it stopped, all shards meet there, and
/// the next call of `advance` continues.
final class Workspace {
  /// Where a training pass was interrupted: at a seam of a stack, whose sums must be added up over
  /// the shards, or at the latents.
  enum Cut: Equatable {
    case stack(isDecoder: Bool, seam: StackBuffers.Seam)
    /// The objective needs the latents of all shards.
    case latents
  }

  /// The arguments of a shard's part in an update, besides the shard.
  struct Training {
    /// The gradients of the lane.
    var gradients: UnsafePointer<Block>
    /// The number of examples that the batch is drawn from.
    var population = 1
    /// The factor of each row of the data, by its name; nil if all are 1.
    var factors: UnsafePointer<Float>?
    /// The latents of the batch, which all shards can read; nil if the objective compares no
    /// examples.
    var latents: LatentBatch?
    /// The sums over all shards, of the encoder and of the decoder.
    var encoderTotals: UnsafePointer<Double>?
    var decoderTotals: UnsafePointer<Double>?
  }

  private enum Phase {
    case encoder(StackBuffers.Seam?)
    case latents(meeting: Int)
    case decoder(StackBuffers.Seam?)
    case decoderBackward(StackBuffers.Seam?)
    case encoderBackward(StackBuffers.Seam?)
    case done
  }

  let model: Model
  let rows: Int
  let samples: Int
  let terms: Terms
  private let arena: Arena
  let encoder: StackBuffers
  let decoder: StackBuffers
  /// The examples, the noise and the latents.
  var x: Block { encoderInput.rows }
  let noise: Block
  var z: Block { decoderInput.rows }
  /// The gradient in the prior's encoded inputs.
  var inputSlope: Block { prior.inputSlope }
  /// The conditioning values of each example; no columns if there are none.
  let given: Block
  private let encoderInput: StackInput
  private let decoderInput: StackInput
  private let decoderGradient: StackInput
  private let posterior: PosteriorBuffers
  private let prior: PriorBuffers
  private let ones: Ones
  /// The encoder's outputs after clipping, where they have bounds.
  private let clipped: Block
  /// The shard of the latest training pass.
  private(set) var shard: Shard?
  private var training: Training?
  private var phase = Phase.done

  /// The places of all blocks in the arena.
  private struct Places {
    private(set) var layout = Arena.Layout()
    let x, z, dz: StackInput.Layout
    let noise, given, clipped: Arena.Place
    let encoder, decoder: StackBuffers.Layout

    init(_ model: Model, rows: Int, samples: Int, isTraining: Bool) {
      let (draws, latent, given) = (rows * samples, model.spec.latent, model.givenColumns)
      x = StackInput.Layout(
        rows: rows, columns: model.spec.shape.count, given: given, copies: model.conditionCopies,
        view: model.view, in: &layout)
      noise = layout.block(rows: draws, columns: latent)
      z = StackInput.Layout(rows: draws, columns: latent, given: given, in: &layout)
      dz = StackInput.Layout(
        rows: isTraining ? draws : 0, columns: latent, given: given, in: &layout)
      self.given = layout.block(rows: given == 0 ? 0 : rows, columns: given)
      let bounded = isTraining ? model.posterior.outputRange?.columns.count ?? 0 : 0
      clipped = layout.block(rows: bounded == 0 ? 0 : rows, columns: bounded)
      encoder = StackBuffers.Layout(model.encoder, rows: rows, isTraining: isTraining, in: &layout)
      decoder = StackBuffers.Layout(model.decoder, rows: draws, isTraining: isTraining, in: &layout)
    }
  }

  /// Returns the approximate memory of a workspace, without the padding of the caches' rows and the
  /// inputs that a prior encodes.
  static func bytes(_ model: Model, rows: Int, samples: Int, isTraining: Bool) -> Size {
    let draws = Size(rows) * samples
    let (posterior, prior) = (model.posterior, model.prior)
    let caches =
      Size(rows) * posterior.cachePerRow
      + draws * (Size(posterior.cachePerDraw) + prior.cachePerDraw)
      + posterior.scratch + prior.scratch
    let layout = Places(model, rows: rows, samples: samples, isTraining: isTraining).layout
    let ones = Ones.size(rows: rows, columns: model.encoder.input.count)
    return layout.bytes + (caches + ones).bytes(of: Float.self)
      + Terms.bytes(rows: rows, samples: samples)
  }

  /// Allocates room for `rows` examples with `samples` samples each. In training, `inputs` are the
  /// prior's inputs, if it has any. Throws `memory`.
  init(
    _ model: Model, rows: Int, samples: Int, inputs: EncodedInputs? = nil, isTraining: Bool
  ) throws(Fault) {
    self.model = model
    self.rows = rows
    self.samples = samples
    terms = try Terms(rows: rows, samples: samples)
    posterior = try PosteriorBuffers(model, rows: rows, samples: samples)
    prior = try PriorBuffers(
      model, draws: rows * samples, inputs: inputs, isTraining: isTraining)
    ones = try Ones(rows: rows, columns: model.encoder.input.count)
    let places = Places(model, rows: rows, samples: samples, isTraining: isTraining)
    arena = try Arena(places.layout, for: "a workspace of \(rows) rows")
    encoderInput = StackInput(places.x, in: arena)
    noise = arena.block(places.noise)
    decoderInput = StackInput(places.z, in: arena)
    decoderGradient = StackInput(places.dz, in: arena)
    given = arena.block(places.given)
    clipped = arena.block(places.clipped)
    encoder = try StackBuffers(model.encoder, places.encoder, in: arena)
    decoder = try StackBuffers(model.decoder, places.decoder, in: arena)
    encoder.setInput(encoderInput.joined)
    decoder.setInput(decoderInput.joined)
  }

  func context(
    _ shard: Shard, isDecoder: Bool, samples: Int, firstSample: Int = 0
  ) -> StackBuffers.Context {
    let first = isDecoder ? model.decoderParameters.lowerBound : 0
    // An evaluation writes no gradients.
    let gradients = training?.gradients ?? model.parameters.blocks
    var context = StackBuffers.Context(
      shard, parameters: model.parameters.blocks + first, gradients: gradients + first,
      state: model.state.blocks + (isDecoder ? model.decoderState : 0),
      purpose: isDecoder ? .decoderLayers : .encoderLayers)
    context.defersOuterProducts = true
    context.totals = isDecoder ? training?.decoderTotals : training?.encoderTotals
    guard isDecoder else { return context }
    (context.samples, context.firstSample) = (samples, firstSample)
    context.shard.ones = nil
    return context
  }

  /// Copies the shard's rows into `x`, with their conditioning values, and lists the ones of the
  /// encoder's input if it is binary.
  func gather(_ shard: inout Shard, _ data: any Examples) {
    take(shard, data)
    let isSeenAsIs = model.preprocessor == nil && model.view == nil
    let isBinary = data.isBinary && isSeenAsIs && model.condition?.isBinary ?? true
    shard.ones = isBinary && ones.list(encoderInput.joined.first(shard.rows)) ? ones : nil
  }

  /// Copies the shard's rows into `x`, with their conditioning values.
  func take(_ shard: Shard, _ data: any Examples) {
    model.gather(shard.names, of: data, into: x.first(shard.rows), update: shard.update)
    give(shard, data)
    encoderInput.join(given, shard.rows)
  }

  /// Copies the conditioning values of the shard's rows.
  func give(_ shard: Shard, _ data: any Examples) {
    model.condition?.write(shard.names, of: data, into: given.first(shard.rows))
  }

  // MARK: - Training

  /// Begins the training pass of a shard, whose values are in `x` already.
  func begin(_ shard: Shard, _ training: Training) {
    (self.shard, self.training) = (shard, training)
    phase = .encoder(nil)
  }

  /// Continues to the next seam and returns it; returns nil at the end, and if the update was
  /// cancelled.
  func advance(_ objective: any Objective) -> Cut? {
    guard let shard, let training else { return nil }
    while true {
      if shard.isStopped { return nil }
      switch phase {
      case .encoder(let seam):
        let context = context(shard, isDecoder: false, samples: 1)
        if let next = encoder.forward(context, from: seam) {
          phase = .encoder(next)
          return .stack(isDecoder: false, seam: next)
        }
        clip(shard)
        drawLatents(shard, samples: samples, isAnalytic: isAnalytic(objective))
        if let latents = training.latents { share(shard, latents) }
        phase = .latents(meeting: 0)
      case .latents(let meeting):
        if let coupling = training.latents?.objective, meeting < coupling.meetings {
          coupling.prepare(meeting, terms, pass(shard, training, objective))
          phase = .latents(meeting: meeting + 1)
          return .latents
        }
        phase = .decoder(nil)
      case .decoder(let seam):
        let context = context(shard, isDecoder: true, samples: samples)
        if seam == nil { decoderInput.join(given, context.rows, samples: samples) }
        if let next = decoder.forward(context, from: seam) {
          phase = .decoder(next)
          return .stack(isDecoder: true, seam: next)
        }
        weigh(shard, training, objective)
        phase = .decoderBackward(nil)
      case .decoderBackward(let seam):
        let context = context(shard, isDecoder: true, samples: samples)
        let slope = decoderGradient.joined.first(context.rows)
        if let next = decoder.backward(context, into: slope, from: seam) {
          phase = .decoderBackward(next)
          return .stack(isDecoder: true, seam: next)
        }
        decoderGradient.part(context.rows)
        latentBackward(shard, training, objective, decoderGradient.rows.first(context.rows))
        phase = .encoderBackward(nil)
      case .encoderBackward(let seam):
        let context = context(shard, isDecoder: false, samples: 1)
        if let next = encoder.backward(context, into: nil, from: seam) {
          phase = .encoderBackward(next)
          return .stack(isDecoder: false, seam: next)
        }
        phase = .done
      case .done: return nil
      }
    }
  }

  /// Copies the shard's latents to where all shards can read them.
  private func share(_ shard: Shard, _ latents: LatentBatch) {
    let draws = shard.start * samples..<(shard.start + shard.rows) * samples
    latents.take(encoder.output(shard.rows), z: z.first(draws.count), at: shard.start)
    guard latents.objective.comparesWithPrior else { return }
    prior.draw(
      Random(seed: shard.seed, .comparison), shard.names, samples: samples, update: shard.update,
      into: latents.prior.rows(draws))
  }

  private func pass(
    _ shard: Shard, _ training: Training, _ objective: any Objective
  ) -> ObjectivePass {
    ObjectivePass(
      shard: shard, isAnalytic: isAnalytic(objective), population: training.population,
      latents: training.latents)
  }

  func isAnalytic(_ objective: any Objective) -> Bool {
    objective.prefersAnalyticDivergence && model.hasAnalyticDivergence
  }

  /// Computes the likelihood's terms and gradient, and the objective's weights.
  private func weigh(
    _ shard: Shard, _ training: Training, _ objective: any Objective
  ) {
    let draws = shard.rows * samples
    let output = decoder.output(draws)
    let gradient = decoder.outputGradient(draws)
    let scale = objective.uniformWeight.map { $0 / Float(shard.batch) } ?? 1
    model.likelihood.evaluate(
      output, of: x, samples: samples, scale: scale, into: terms.reconstruction,
      gradient: gradient)
    objective.weigh(terms, pass(shard, training, objective))
    if let factors = training.factors {
      terms.multiply(
        by: factors, shard.names, shard.rows, isUniform: objective.uniformWeight != nil)
    }
    if objective.uniformWeight == nil || training.factors != nil {
      elbo_scale_rows(
        draws, gradient.columns, gradient.stride, terms.reconstructionWeight, gradient.base)
    }
  }

  private func latentBackward(
    _ shard: Shard, _ training: Training, _ objective: any Objective, _ dz: Block
  ) {
    let draws = shard.rows * samples
    if objective.uniformWeight == nil {
      elbo_scale_rows(draws, dz.columns, dz.stride, terms.latentScale, dz.base)
    }
    let pass = pass(shard, training, objective)
    let coupling = training.latents?.objective
    coupling?.addGradient(toLatents: dz, pass)
    clearGradients(shard, training)
    var weights = LatentWeights()
    if isAnalytic(objective) {
      weights.divergence = Float(objective.divergenceWeight(pass) / Double(shard.batch))
      if training.factors != nil { weights.rows = UnsafePointer(terms.factor) }
    } else {
      prior.backward(
        z.first(draws), weights: PriorWeights(path: terms.path, score: terms.prior), adding: dz,
        gradients: training.gradients)
      weights.path = UnsafePointer(terms.path)
      weights.score = UnsafePointer(terms.score)
    }
    model.posterior.backward(
      dz, h: encoder.output(shard.rows), noise: noise.first(draws), samples: samples,
      weights: weights, into: encoder.outputGradient(shard.rows),
      posterior.pass(
        rows: shard.rows, samples: samples, gradients: training.gradients, isFresh: false))
    coupling?.addGradient(toParameters: encoder.outputGradient(shard.rows), pass)
    model.posterior.outputRange?.mask(encoder.outputGradient(shard.rows), clipped: clipped)
  }

  /// Clips the encoder's outputs to their range, and keeps them for the way back.
  private func clip(_ shard: Shard) {
    guard let range = model.posterior.outputRange else { return }
    let h = encoder.output(shard.rows)
    range.clip(h)
    if clipped.rows > 0 { clipped.first(shard.rows).copy(h.columns(range.columns)) }
  }

  /// Sets the gradients of the posterior and the prior, which only add to them, to zero for the
  /// first shard of a lane.
  private func clearGradients(_ shard: Shard, _ training: Training) {
    guard !shard.accumulates else { return }
    for index in model.posteriorParameters.lowerBound..<model.priorParameters.upperBound {
      let block = training.gradients[index]
      block.base.update(repeating: 0, count: block.span)
    }
  }

  /// Adds this shard's part of an outer product to a piece of the gradient, after the pass.
  func addOuterProduct(_ product: GradientPiece.Product, into gradient: Block, accumulate: Bool) {
    guard let shard else { return }
    let isDecoder = product.isDecoder
    let context = context(shard, isDecoder: isDecoder, samples: isDecoder ? samples : 1)
    (isDecoder ? decoder : encoder).outerProduct(
      product.outer, rows: product.rows, columns: product.columns, context, into: gradient,
      accumulate: accumulate)
  }

  // MARK: - Evaluation

  /// Runs the encoder on the rows in `x`, and returns its output.
  func encode(_ shard: Shard) -> Block {
    _ = encoder.forward(context(shard, isDecoder: false, samples: 1))
    clip(shard)
    return encoder.output(shard.rows)
  }

  /// Draws samples `firstSample` ..< `firstSample` + `samples` of z, and computes their densities.
  func drawLatents(_ shard: Shard, samples: Int, firstSample: Int = 0, isAnalytic: Bool) {
    let draws = shard.rows * samples
    let random = Random(seed: shard.seed, .posterior)
    random.normal(
      into: noise.first(draws), rows: shard.names, samples: samples, firstSample: firstSample,
      update: shard.update)
    let h = encoder.output(shard.rows)
    let pass = posterior.pass(rows: shard.rows, samples: samples, isFresh: shard.isFresh)
    model.posterior.sample(
      h, noise: noise.first(draws), samples: samples, into: z.first(draws),
      logDensity: isAnalytic ? nil : terms.logPosterior, pass)
    if !isAnalytic {
      prior.logDensity(
        z.first(draws), into: terms.logPrior, isFresh: shard.isFresh, seed: shard.seed,
        update: shard.update)
    }
    if let posterior = model.analyticPosterior {
      posterior.divergence(h, into: terms.divergence, pass)
    } else {
      for row in 0..<shard.rows {
        var sum = 0.0
        for sample in row * samples..<(row + 1) * samples {
          sum += terms.logPosterior[sample] - terms.logPrior[sample]
        }
        terms.divergence[row] = sum / Double(samples)
      }
    }
  }

  /// Runs the decoder on the latents in `z`, `samples` rows for each example of the shard, and
  /// returns its output.
  func decode(_ shard: Shard, samples: Int, firstSample: Int = 0) -> Block {
    let context = context(shard, isDecoder: true, samples: samples, firstSample: firstSample)
    decoderInput.join(given, context.rows, samples: samples)
    _ = decoder.forward(context)
    return decoder.output(context.rows)
  }

  /// Computes log p(x | z) of the latents in `z` into `terms.reconstruction`.
  func reconstruct(_ shard: Shard, samples: Int, firstSample: Int = 0) {
    let output = decode(shard, samples: samples, firstSample: firstSample)
    model.likelihood.evaluate(
      output, of: x, samples: samples, scale: 1, into: terms.reconstruction, gradient: nil)
  }
}
