import CKernels
import Files
import Glibc
import JSON
import Layers
import Tensors

/// Finds the best q(z | x) of each example separately: Adam on the ELBO, with fresh noise in each
/// step, starting from the parameters that the encoder gives (Cremer et al., arXiv 1801.03558,
/// section 3).
final class PosteriorFit {
  /// Draws of z for each example in a step.
  static let draws = 16

  let density: JointDensity
  private let workspace: Workspace
  private let arena: Arena
  /// The parameters of q: from the encoder, and as fitted.
  let encoded: Block
  let fitted: Block
  private let gradient: Block
  private let first: Block
  private let second: Block
  private let noise: Block
  private let force: Block
  private let posterior: PosteriorBuffers
  private let seed: Int
  private var isFresh = true
  private let logPosterior: UnsafeMutablePointer<Double>
  private let weights: UnsafeMutablePointer<Float>
  private let buffers: (Buffer<Double>, Buffer<Float>)

  private var model: Model { density.model }

  /// Allocates room for `rows` examples with `draws` draws of z each. Throws `memory`.
  init(_ model: Model, rows: Int, draws: Int, seed: Int) throws(Fault) {
    density = try JointDensity(model, rows: rows, draws: draws)
    workspace = try Workspace(model, rows: rows, samples: 1, isTraining: false)
    self.seed = seed
    let all = rows * draws
    var layout = Arena.Layout()
    let parameters = (0..<5).map { _ in
      layout.block(rows: rows, columns: model.posterior.inputs)
    }
    let latents = (0..<2).map { _ in layout.block(rows: all, columns: model.spec.latent) }
    let arena = try Arena(layout, for: "the fit of \(rows) rows")
    self.arena = arena
    let blocks = parameters.map { arena.block($0) }
    (encoded, fitted, gradient, first, second) = (
      blocks[0], blocks[1], blocks[2], blocks[3], blocks[4]
    )
    noise = arena.block(latents[0])
    force = arena.block(latents[1])
    posterior = try PosteriorBuffers(model, rows: rows, samples: draws)
    buffers = (
      try Buffer(Size(all), for: "the densities of \(all) latents"),
      try Buffer(Size(all), for: "the weights of \(all) latents")
    )
    (logPosterior, weights) = (buffers.0.base, buffers.1.base)
  }

  /// Copies the rows, and encodes them.
  func begin(_ names: UnsafePointer<UInt32>, rows: Int, of data: any Examples) {
    density.gather(names, rows: rows, of: data)
    let shard = Shard(
      names: names, rows: rows, seed: seed)
    workspace.take(shard, data)
    let h = workspace.encode(shard)
    for target in [encoded, fitted] {
      target.base.update(from: h.base, count: rows * h.stride)
    }
    for slot in [first, second] { slot.base.update(repeating: 0, count: slot.span) }
  }

  /// Draws z from q with the parameters `h` and evaluates all densities.
  private func draw(
    _ h: Block, _ names: UnsafePointer<UInt32>, rows: Int, draws: Int, firstDraw: Int,
    update: UInt32, scale: Float?
  ) {
    let all = rows * draws
    Random(seed: seed, .posterior).normal(
      into: noise.first(all), rows: names, samples: draws, firstSample: firstDraw, update: update)
    model.posterior.sample(
      h.first(rows), noise: noise.first(all), samples: draws, into: density.z.first(all),
      logDensity: logPosterior, posterior.pass(rows: rows, samples: draws, isFresh: isFresh))
    isFresh = false
    density.evaluate(names, rows: rows, draws: draws, scale: scale)
  }

  /// Takes `steps` steps of Adam; the rate falls to zero along a cosine so that the noise dies
  /// away.
  func fit(
    _ names: UnsafePointer<UInt32>, rows: Int, steps: Int, rate: Double,
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    let (draws, all) = (Self.draws, rows * Self.draws)
    let scale = 1 / Float(draws)
    var adam = Adam()
    weights.update(repeating: scale, count: all)
    for step in stride(from: 1, through: steps, by: 1) {
      try checkpoint()
      draw(
        fitted, names, rows: rows, draws: draws, firstDraw: 0,
        update: UInt32(truncatingIfNeeded: step), scale: scale)
      force.base.update(from: density.slope.base, count: all * force.stride)
      var parts = LatentWeights(divergence: 1)
      if !model.hasAnalyticDivergence {
        for i in 0..<all * force.stride { force.base[i] += density.priorSlope.base[i] }
        parts = LatentWeights(path: UnsafePointer(weights), score: UnsafePointer(weights))
      }
      model.posterior.backward(
        force.first(all), h: fitted.first(rows), noise: noise.first(all), samples: draws,
        weights: parts, into: gradient.first(rows),
        posterior.pass(rows: rows, samples: draws, isFresh: false))
      adam.moments.rate = rate * 0.5 * (1 + cos(Double.pi * Double(step - 1) / Double(steps)))
      adam.step(
        update: step, count: rows * fitted.stride, parameters: fitted.base,
        gradient: gradient.base, scale: -1, slots: [first.base, second.base])
    }
  }

  /// Calls `take` with the row and log w of each of `draws` draws of z from q with the parameters
  /// `h`; equal draw numbers get equal noise.
  func evaluate(
    _ h: Block, _ names: UnsafePointer<UInt32>, rows: Int, draws: Int, firstDraw: Int,
    _ take: (Int, Double) -> Void
  ) {
    draw(h, names, rows: rows, draws: draws, firstDraw: firstDraw, update: 0, scale: nil)
    for draw in 0..<rows * draws {
      take(
        draw / draws,
        density.reconstruction[draw] + density.logPrior[draw] - logPosterior[draw])
    }
  }
}
