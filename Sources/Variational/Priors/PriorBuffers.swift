import JSON
import Layers
import Tensors

/// The memory of a model's prior for the draws of one shard, and its passes.
final class PriorBuffers {
  private let model: Model
  private let isTraining: Bool
  private let arena: Arena
  private let cache: Block
  private let scratch: Block
  private let noise: Block
  /// The prior's inputs, encoded; nil if it has none.
  private let inputs: EncodedInputs?
  /// The gradient in the encoded inputs, over all draws since the parameters changed.
  let inputSlope: Block
  private var wasUsed = false

  /// Allocates room for `draws` draws. In training, `inputs` are the prior's inputs, which the
  /// caller encodes. Outside training, the parameters must not change during its lifetime. Throws
  /// `memory`.
  init(
    _ model: Model, draws: Int, inputs: EncodedInputs? = nil, isTraining: Bool
  ) throws(Fault) {
    self.model = model
    self.isTraining = isTraining
    let prior = model.prior
    var layout = Arena.Layout()
    let noise = prior.noisePerDraw == prior.latent ? 0 : draws
    let places = [
      layout.block(rows: draws, columns: prior.cachePerDraw),
      layout.block(rows: 1, columns: prior.scratch),
      layout.block(rows: noise, columns: prior.noisePerDraw),
      // The prior's backward adds to it even if only the gradient in z is wanted.
      layout.block(rows: prior.encodedInputs, columns: model.posterior.inputs),
    ]
    arena = try Arena(layout, for: "what the prior keeps of \(draws) draws")
    cache = arena.block(places[0])
    scratch = arena.block(places[1])
    self.noise = arena.block(places[2])
    inputSlope = arena.block(places[3])
    let isOwn = inputs == nil && prior.encodedInputs > 0
    precondition(!isOwn || !isTraining, "the caller encodes the prior's inputs in training")
    self.inputs = isOwn ? try EncodedInputs(model, isTraining: false) : inputs
  }

  private func pass(
    _ draws: Int, _ gradients: UnsafePointer<Block>? = nil, isFresh: Bool
  ) -> LatentPass {
    precondition(draws <= cache.rows, "more draws than there is room for")
    let none = cache.first(0)
    return LatentPass(
      parameters: model.parameters.blocks + model.priorParameters.lowerBound,
      gradients: gradients.map { $0 + model.priorParameters.lowerBound },
      isFresh: isFresh, rowCache: none, cache: cache.first(draws), scratch: scratch,
      encoded: inputs?.output ?? none, encodedGradient: inputSlope)
  }

  /// Returns whether the scratch must be computed again: in training if `isFresh` is true,
  /// otherwise only at the first use, which also encodes the prior's inputs.
  private func begin(isFresh: Bool, seed: Int, update: UInt32) -> Bool {
    defer { wasUsed = true }
    let isFresh = isTraining ? isFresh : !wasUsed
    if isFresh, let inputs {
      inputSlope.base.update(repeating: 0, count: inputSlope.span)
      if !isTraining {
        inputs.begin(seed: seed, update: update)
        inputs.encode()
      }
    }
    return isFresh
  }

  /// Overwrites `logDensity` with log p(z) of each row. `isFresh` tells whether the parameters may
  /// have changed since the last call.
  func logDensity(
    _ z: Block, into logDensity: UnsafeMutablePointer<Double>, isFresh: Bool = true, seed: Int = 0,
    update: UInt32 = 0
  ) {
    let isFresh = begin(isFresh: isFresh, seed: seed, update: update)
    model.prior.logDensity(z, into: logDensity, pass(z.rows, isFresh: isFresh))
  }

  /// Adds to dz and, if `gradients` are given, to those of the prior's parameters. Must be called
  /// after `logDensity` of the same z; the gradient in the encoded inputs is added to `inputSlope`.
  func backward(
    _ z: Block, weights: PriorWeights, adding dz: Block, gradients: UnsafePointer<Block>? = nil
  ) {
    model.prior.backward(
      z, weights: weights, adding: dz, pass(z.rows, gradients, isFresh: false))
  }

  /// Overwrites z with draws: row r * samples + s with draw firstSample + s of the example
  /// names[r]. The noise is multiplied by `temperature`.
  func draw(
    _ random: Random, _ names: UnsafePointer<UInt32>, samples: Int = 1, firstSample: Int = 0,
    update: UInt32 = 0, temperature: Float = 1, into z: Block
  ) {
    let noise = self.noise.rows == 0 ? z : self.noise.first(z.rows)
    random.normal(
      into: noise, rows: names, samples: samples, firstSample: firstSample, update: update)
    if temperature != 1 {
      for row in 0..<z.rows { for i in 0..<z.columns { noise[row, i] *= temperature } }
    }
    let isFresh = begin(isFresh: true, seed: 0, update: 0)
    model.prior.draw(noise, into: z, pass(z.rows, isFresh: isFresh))
  }
}
