import Files
import JSON
import Layers
import Tensors

/// log p(x | z) and log p(z) of several latents for each example of a shard, and the gradients in
/// z.
///
/// The decoder runs as in every evaluation (running statistics, no dropout), forward and, if the
/// gradient is wanted, backward; parameters do not change. Row r * draws + d of z is draw d of
/// example r. Memory is laid out once: evaluating allocates nothing.
final class JointDensity {
  let model: Model
  /// The examples and the latents.
  let x: Block
  var z: Block { input.rows }
  /// d log p(x | z) / dz and d log p(z) / dz, times the scale that was passed to `evaluate`.
  var slope: Block { gradient.rows }
  let priorSlope: Block
  /// The conditioning values of each example.
  private let given: Block
  private let input: StackInput
  private let gradient: StackInput
  /// One value for every row of z, in nats.
  let reconstruction: UnsafeMutablePointer<Double>
  let logPrior: UnsafeMutablePointer<Double>
  private let arena: Arena
  private let decoder: StackBuffers
  // Layers may write the gradients of their parameters even if they are not wanted.
  private let unused: Parameters
  private let prior: PriorBuffers
  private let scales: UnsafeMutablePointer<Float>
  private let buffers: (Buffer<Double>, Buffer<Float>)
  private var isFresh = true

  /// Allocates room for `rows` examples with `draws` latents each. Throws `memory`.
  init(_ model: Model, rows: Int, draws: Int) throws(Fault) {
    self.model = model
    let all = rows * draws
    var layout = Arena.Layout()
    let x = layout.block(rows: rows, columns: model.spec.shape.count)
    let columns = model.givenColumns
    let z = StackInput.Layout(rows: all, columns: model.spec.latent, given: columns, in: &layout)
    let slope = StackInput.Layout(
      rows: all, columns: model.spec.latent, given: columns, in: &layout)
    let given = layout.block(rows: columns == 0 ? 0 : rows, columns: columns)
    let priorSlope = layout.block(rows: all, columns: model.spec.latent)
    let places = StackBuffers.Layout(
      model.decoder, rows: all, isTraining: false, hasGradients: true, in: &layout)
    arena = try Arena(layout, for: "the densities of \(all) latents")
    self.x = arena.block(x)
    self.given = arena.block(given)
    self.priorSlope = arena.block(priorSlope)
    prior = try PriorBuffers(model, draws: all, isTraining: false)
    input = StackInput(z, in: arena)
    gradient = StackInput(slope, in: arena)
    decoder = try StackBuffers(model.decoder, places, in: arena)
    decoder.setInput(input.joined)
    unused = try Parameters(model.decoder.parameters)
    buffers = (
      try Buffer(Size(all) * 2, for: "the densities of \(all) latents"),
      try Buffer(Size(all), for: "the weights of \(all) latents")
    )
    reconstruction = buffers.0.base
    logPrior = reconstruction + all
    scales = buffers.1.base
    scales.update(repeating: 1, count: all)
  }

  /// Copies the rows `names` of `data` into `x`, and their conditioning values.
  func gather(_ names: UnsafePointer<UInt32>, rows: Int, of data: any Examples) {
    model.gather(names, of: data, into: x.first(rows), update: 0)
    model.condition?.write(names, of: data, into: given.first(rows))
  }

  /// Computes the densities of the latents in `z`; with a scale, `slope` and `priorSlope` too.
  func evaluate(_ names: UnsafePointer<UInt32>, rows: Int, draws: Int, scale: Float? = nil) {
    let all = rows * draws
    var shard = Shard(names: names, rows: rows)
    shard.isFresh = isFresh
    var context = StackBuffers.Context(
      shard, parameters: model.parameters.blocks + model.decoderParameters.lowerBound,
      gradients: unused.blocks, state: model.state.blocks + model.decoderState,
      purpose: .decoderLayers)
    context.samples = draws
    input.join(given, all, samples: draws)
    _ = decoder.forward(context)
    model.likelihood.evaluate(
      decoder.output(all), of: x, samples: draws, scale: scale ?? 1, into: reconstruction,
      gradient: scale == nil ? nil : decoder.outputGradient(all))
    prior.logDensity(z.first(all), into: logPrior)
    guard let scale else { return }
    _ = decoder.backward(context, into: gradient.joined.first(all))
    gradient.part(all)
    isFresh = false
    priorSlope.base.update(repeating: 0, count: all * priorSlope.stride)
    scales.update(repeating: scale, count: all)
    prior.backward(
      z.first(all), weights: PriorWeights(path: scales, score: scales),
      adding: priorSlope.first(all))
  }
}
