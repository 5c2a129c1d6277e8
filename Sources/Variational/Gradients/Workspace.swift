import CKernels
import Files
import JSON
import Layers
import Tensors

/// The memory of one shard and the way of its rows: encoder, draw of z, decoder, likelihood, and
/// back.
///
/// Laid out once; a pass allocates nothing. In training a layer that couples rows interrupts the
/// way: `advance` returns the seam at which it stopped, all shards meet there, and `advance`
/// goes on.
final class Workspace {
  /// Where a training pass was interrupted: the sums in that range of that stack's wait to be added
  /// up over the shards.
  enum Cut: Equatable {
    case stack(isDecoder: Bool, seam: Frame.Seam)
    /// The objective wants everyone's latents.
    case latents
  }

  /// One use of the workspace.
  struct Job {
    var names: UnsafePointer<UInt32>
    var rows: Int
    var update: UInt32
    var seed: Int
    /// Of this lane.
    var gradients: UnsafePointer<Block>
    var accumulates = false
    /// The first and the last shard of this workspace in an update.
    var isFresh = true
    var isLast = true
    var batch = 1
    /// The first row's place in the batch.
    var start = 0
    /// Examples of which the batch is a sample.
    var population = 1
    /// Where shards show each other their latents.
    var latents: LatentBatch?
    /// The ones of the rows, where sums of them beat products.
    var ones: Ones?
    /// The rows of the batch over those of a full one.
    var batchShare = 1.0
    /// Raised where the update is given up.
    var stop: StopFlag?
    /// Sums over the shards, of the encoder and of the decoder.
    var encoderTotals: UnsafePointer<Double>?
    var decoderTotals: UnsafePointer<Double>?
  }

  private enum Phase {
    case encoder(Frame.Seam?)
    case latents(meeting: Int)
    case decoder(Frame.Seam?)
    case decoderBackward(Frame.Seam?)
    case encoderBackward(Frame.Seam?)
    case done
  }

  let model: Model
  let rows: Int
  let samples: Int
  let terms: Terms
  private let arena: Arena
  let encoder: Frame
  let decoder: Frame
  /// The examples, the noise, the latents, and what the posterior keeps.
  var x: Block { encoderInput.rows }
  let noise: Block
  var z: Block { decoderInput.rows }
  /// What is given with each example; no columns where nothing is.
  let given: Block
  private let encoderInput: StackInput
  private let decoderInput: StackInput
  private let decoderGradient: StackInput
  private let posterior: PosteriorFrame
  private let prior: PriorFrame
  private let ones: Ones
  private var job: Job?
  private var phase = Phase.done

  /// Where everything stands.
  private struct Places {
    private(set) var layout = Arena.Layout()
    let x, z, dz: StackInput.Layout
    let noise, given: Arena.Place
    let encoder, decoder: Frame.Layout

    init(_ model: Model, rows: Int, samples: Int, isTraining: Bool) {
      let (draws, latent, given) = (rows * samples, model.spec.latent, model.givenColumns)
      x = StackInput.Layout(
        rows: rows, columns: model.spec.shape.count, given: given, copies: model.conditionCopies,
        in: &layout)
      noise = layout.block(rows: draws, columns: latent)
      z = StackInput.Layout(rows: draws, columns: latent, given: given, in: &layout)
      dz = StackInput.Layout(
        rows: isTraining ? draws : 0, columns: latent, given: given, in: &layout)
      self.given = layout.block(rows: given == 0 ? 0 : rows, columns: given)
      encoder = Frame.Layout(model.encoder, rows: rows, isTraining: isTraining, in: &layout)
      decoder = Frame.Layout(model.decoder, rows: draws, isTraining: isTraining, in: &layout)
    }
  }

  /// What a workspace takes, about: the caches without what rounds up their rows, and no inputs
  /// that a prior has encoded.
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

  /// Room for `rows` examples with `samples` samples each. Throws `memory`.
  init(_ model: Model, rows: Int, samples: Int, isTraining: Bool) throws(Fault) {
    self.model = model
    self.rows = rows
    self.samples = samples
    terms = try Terms(rows: rows, samples: samples)
    posterior = try PosteriorFrame(model, rows: rows, samples: samples)
    prior = try PriorFrame(model, draws: rows * samples, isTraining: isTraining)
    ones = try Ones(rows: rows, columns: model.encoder.input.count)
    let places = Places(model, rows: rows, samples: samples, isTraining: isTraining)
    arena = try Arena(places.layout, for: "a workspace of \(rows) rows")
    encoderInput = StackInput(places.x, in: arena)
    noise = arena.block(places.noise)
    decoderInput = StackInput(places.z, in: arena)
    decoderGradient = StackInput(places.dz, in: arena)
    given = arena.block(places.given)
    encoder = try Frame(model.encoder, places.encoder, in: arena)
    decoder = try Frame(model.decoder, places.decoder, in: arena)
    encoder.setInput(encoderInput.joined)
    decoder.setInput(decoderInput.joined)
  }

  func context(
    _ job: Job, isDecoder: Bool, samples: Int, firstSample: Int = 0
  ) -> Frame.Context {
    let parameters = isDecoder ? model.decoderParameters.lowerBound : 0
    var context = Frame.Context(
      rows: isDecoder ? job.rows * samples : job.rows,
      parameters: model.parameters.blocks + parameters, gradients: job.gradients + parameters,
      state: model.state.blocks + (isDecoder ? model.decoderState : 0),
      draws: Draws(
        names: job.names, samples: isDecoder ? samples : 1, firstSample: firstSample,
        update: job.update),
      seed: job.seed, purpose: isDecoder ? .decoderLayers : .encoderLayers)
    context.accumulates = job.accumulates
    context.defersOuterProducts = GradientPiece.defers(model, isDecoder: isDecoder)
    context.isFresh = job.isFresh
    context.totals = isDecoder ? job.decoderTotals : job.encoderTotals
    context.ones = isDecoder ? nil : job.ones
    context.totalRows = job.batch * (isDecoder ? samples : 1)
    context.batchShare = job.batchShare
    context.stop = job.stop
    return context
  }

  /// Takes the values of the job's rows into `x`, with what is given beside them, and lists their
  /// ones.
  func gather(_ job: inout Job, _ data: any Examples) {
    take(job, data)
    let isBinary = data.isBinary && model.condition?.isBinary ?? true
    job.ones = isBinary && ones.list(encoderInput.joined.first(job.rows)) ? ones : nil
  }

  /// Takes the values of the job's rows into `x`, with what is given beside them.
  func take(_ job: Job, _ data: any Examples) {
    data.gather(job.names, into: x.first(job.rows), update: job.update)
    give(job, data)
    encoderInput.join(given, job.rows)
  }

  /// Takes what the job's rows give.
  func give(_ job: Job, _ data: any Examples) {
    model.condition?.write(job.names, of: data, into: given.first(job.rows))
  }

  // MARK: - Training

  /// Takes the rows of a shard; `x` holds their values already.
  func begin(_ job: Job) {
    self.job = job
    phase = .encoder(nil)
  }

  /// Goes on to the next seam, or to the end (nil). It is there too where the update is given up.
  func advance(_ objective: any Objective) -> Cut? {
    guard let job else { return nil }
    while true {
      if let stop = job.stop, stop.isRaised { return nil }
      switch phase {
      case .encoder(let seam):
        let context = context(job, isDecoder: false, samples: 1)
        if let next = encoder.forward(context, from: seam) {
          phase = .encoder(next)
          return .stack(isDecoder: false, seam: next)
        }
        drawLatents(job, samples: samples, isAnalytic: isAnalytic(objective))
        if let latents = job.latents { share(job, latents) }
        phase = .latents(meeting: 0)
      case .latents(let meeting):
        if let coupling = job.latents?.objective, meeting < coupling.meetings {
          coupling.prepare(meeting, terms, pass(job, objective))
          phase = .latents(meeting: meeting + 1)
          return .latents
        }
        phase = .decoder(nil)
      case .decoder(let seam):
        let context = context(job, isDecoder: true, samples: samples)
        if seam == nil { decoderInput.join(given, context.rows, samples: samples) }
        if let next = decoder.forward(context, from: seam) {
          phase = .decoder(next)
          return .stack(isDecoder: true, seam: next)
        }
        weigh(job, objective)
        phase = .decoderBackward(nil)
      case .decoderBackward(let seam):
        let context = context(job, isDecoder: true, samples: samples)
        let slope = decoderGradient.joined.first(context.rows)
        if let next = decoder.backward(context, into: slope, from: seam) {
          phase = .decoderBackward(next)
          return .stack(isDecoder: true, seam: next)
        }
        decoderGradient.part(context.rows)
        latentBackward(job, objective, decoderGradient.rows.first(context.rows))
        phase = .encoderBackward(nil)
      case .encoderBackward(let seam):
        let context = context(job, isDecoder: false, samples: 1)
        if let next = encoder.backward(context, into: nil, from: seam) {
          phase = .encoderBackward(next)
          return .stack(isDecoder: false, seam: next)
        }
        if job.isLast { prior.encoderBackward(job.gradients) }
        phase = .done
      case .done: return nil
      }
    }
  }

  /// Takes the shard's latents to where all shards see them.
  private func share(_ job: Job, _ latents: LatentBatch) {
    let draws = job.start * samples..<(job.start + job.rows) * samples
    latents.take(encoder.output(job.rows), z: z.first(draws.count), at: job.start)
    guard latents.objective.comparesWithPrior else { return }
    prior.draw(
      Random(seed: job.seed, .comparison), job.names, samples: samples, update: job.update,
      into: latents.prior.rows(draws))
  }

  private func pass(_ job: Job, _ objective: any Objective) -> ObjectivePass {
    ObjectivePass(
      rows: job.start..<job.start + job.rows, batch: job.batch, update: Int(job.update),
      isAnalytic: isAnalytic(objective), population: job.population, latents: job.latents,
      stop: job.stop)
  }

  func isAnalytic(_ objective: any Objective) -> Bool {
    objective.prefersAnalyticDivergence && model.hasAnalyticDivergence
  }

  /// The likelihood's terms and its gradient, and the objective's weights.
  private func weigh(_ job: Job, _ objective: any Objective) {
    let draws = job.rows * samples
    let output = decoder.output(draws)
    let gradient = decoder.outputGradient(draws)
    let scale = objective.uniformWeight.map { $0 / Float(job.batch) } ?? 1
    model.likelihood.evaluate(
      output, of: x, samples: samples, scale: scale, into: terms.reconstruction,
      gradient: gradient)
    objective.weigh(terms, pass(job, objective))
    if objective.uniformWeight == nil {
      elbo_scale_rows(
        draws, gradient.columns, gradient.stride, terms.reconstructionWeight, gradient.base)
    }
  }

  private func latentBackward(_ job: Job, _ objective: any Objective, _ dz: Block) {
    let draws = job.rows * samples
    if objective.uniformWeight == nil {
      elbo_scale_rows(draws, dz.columns, dz.stride, terms.latentScale, dz.base)
    }
    let pass = pass(job, objective)
    let coupling = job.latents?.objective
    coupling?.addGradient(toLatents: dz, pass)
    clearGradients(job)
    var weights = LatentWeights()
    if isAnalytic(objective) {
      weights.divergence = Float(objective.divergenceWeight(pass) / Double(job.batch))
    } else {
      prior.backward(
        z.first(draws), weights: PriorWeights(path: terms.path, score: terms.prior), adding: dz,
        gradients: job.gradients)
      weights.path = UnsafePointer(terms.path)
      weights.score = UnsafePointer(terms.score)
    }
    model.posterior.backward(
      dz, h: encoder.output(job.rows), noise: noise.first(draws), samples: samples,
      weights: weights, into: encoder.outputGradient(job.rows),
      posterior.pass(
        rows: job.rows, samples: samples, gradients: job.gradients, isFresh: false))
    coupling?.addGradient(toParameters: encoder.outputGradient(job.rows), pass)
  }

  /// Posterior and prior add to their gradients: the first shard of a lane begins with zeros.
  private func clearGradients(_ job: Job) {
    guard !job.accumulates else { return }
    for index in model.posteriorParameters.lowerBound..<model.priorParameters.upperBound {
      let block = job.gradients[index]
      block.base.update(repeating: 0, count: block.span)
    }
  }

  /// Adds this shard's part to a piece of the gradient, after the pass.
  func addOuterProduct(_ product: GradientPiece.Product, into gradient: Block, accumulate: Bool) {
    guard let job else { return }
    let isDecoder = product.isDecoder
    let context = context(job, isDecoder: isDecoder, samples: isDecoder ? samples : 1)
    (isDecoder ? decoder : encoder).outerProduct(
      product.outer, rows: product.rows, columns: product.columns, context, into: gradient,
      accumulate: accumulate)
  }

  // MARK: - Evaluation

  /// Runs the encoder for the rows in `x`.
  func encode(_ job: Job) -> Block {
    _ = encoder.forward(context(job, isDecoder: false, samples: 1))
    return encoder.output(job.rows)
  }

  /// Draws samples `firstSample` ..< `firstSample` + `samples` of z, with their densities.
  func drawLatents(_ job: Job, samples: Int, firstSample: Int = 0, isAnalytic: Bool) {
    let draws = job.rows * samples
    let random = Random(seed: job.seed, .posterior)
    random.normal(
      into: noise.first(draws), rows: job.names, samples: samples, firstSample: firstSample,
      update: job.update)
    let h = encoder.output(job.rows)
    let pass = posterior.pass(rows: job.rows, samples: samples, isFresh: job.isFresh)
    model.posterior.sample(
      h, noise: noise.first(draws), samples: samples, into: z.first(draws),
      logDensity: isAnalytic ? nil : terms.logPosterior, pass)
    if !isAnalytic {
      prior.logDensity(
        z.first(draws), into: terms.logPrior, isFresh: job.isFresh, seed: job.seed,
        update: job.update)
    }
    if let posterior = model.analyticPosterior {
      posterior.divergence(h, into: terms.divergence, pass)
    } else {
      for row in 0..<job.rows {
        var sum = 0.0
        for sample in row * samples..<(row + 1) * samples {
          sum += terms.logPosterior[sample] - terms.logPrior[sample]
        }
        terms.divergence[row] = sum / Double(samples)
      }
    }
  }

  /// Runs the decoder for the latents in `z`: `samples` rows for each of the job's.
  func decode(_ job: Job, samples: Int, firstSample: Int = 0) -> Block {
    let context = context(job, isDecoder: true, samples: samples, firstSample: firstSample)
    decoderInput.join(given, context.rows, samples: samples)
    _ = decoder.forward(context)
    return decoder.output(context.rows)
  }

  /// log p(x | z) of the latents in `z`, into `terms.reconstruction`.
  func reconstruct(_ job: Job, samples: Int, firstSample: Int = 0) {
    let output = decode(job, samples: samples, firstSample: firstSample)
    model.likelihood.evaluate(
      output, of: x, samples: samples, scale: 1, into: terms.reconstruction, gradient: nil)
  }
}
