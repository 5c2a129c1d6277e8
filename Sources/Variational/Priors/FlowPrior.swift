import CKernels
import Declarations
import Glibc
import JSON
import Layers
import Tensors

/// Affine coupling layers from standard normal noise to the latents (Dinh et al., arXiv 1605.08803,
/// section 3).
///
/// A layer leaves one half of the latents unchanged and maps the other to z' = z exp(s) + t, where
/// s = tanh(…) and t are the outputs of a network of the first half (`Conditioner`, with tanh
/// units, which are bounded far from the draws); the halves alternate. log p(z) = log N(noise) -
/// sum over layers of s. The weights of s and t begin at zero, so that the prior begins as the
/// standard normal.
package struct FlowPrior: PriorModule {
  package var layers = 4
  package var units = 64

  package init() {}

  package static let type = "flow"
  package static let summary =
    "Standard normal noise sent through affine coupling layers: z' = z exp(s) + t in one half of the latents, s and t functions of the other."
  package static var examples: [FlowPrior] {
    var three = Self()
    (three.layers, three.units) = (3, 5)
    return [three]
  }
  package static let fields: [Field<FlowPrior>] = [
    Field(
      "layers", \.layers, "Number of coupling layers, each for one half of the latents.",
      .from(1, to: 1000)),
    Field(
      "units", \.units, "Width of the hidden layer of each coupling layer.", .from(1, to: 65_536)),
  ]

  package func prior(_ setting: PriorSetting) throws(Fault) -> any Prior {
    guard setting.latent > 1 else {
      throw Fault(
        .params, "coupling layers need at least two latents, the model has one",
        path: "type", expected: "a model of at least 2 latents", got: "1",
        hint: "a single latent can have the prior mixture")
    }
    return CouplingFlow(latent: setting.latent, layers: layers, units: units)
  }
}

private struct CouplingFlow: Prior {
  let latent: Int
  let layers: Int
  let units: Int
  private let kept: FlowCache.Parts
  /// One row for the weights of each layer.
  private let weights: Carving.Segment
  let scratch: Int

  init(latent: Int, layers: Int, units: Int) {
    (self.latent, self.layers, self.units) = (latent, layers, units)
    kept = FlowCache.Parts(layers: layers, latent: latent, units: units)
    var carving = Carving()
    let widest = (0..<2).map { Self.conditioner($0, latent, units).scratch }.max() ?? 0
    weights = carving.block(layers, widest)
    scratch = carving.count
  }

  /// Returns the half that a layer reads, and the half that it changes.
  private func halves(_ layer: Int) -> (read: Range<Int>, changed: Range<Int>) {
    Self.halves(layer, latent)
  }

  private static func halves(
    _ layer: Int, _ latent: Int
  ) -> (read: Range<Int>, changed: Range<Int>) {
    let (first, second) = (0..<latent / 2, latent / 2..<latent)
    return layer.isMultiple(of: 2) ? (first, second) : (second, first)
  }

  private func conditioner(_ layer: Int) -> Conditioner {
    Self.conditioner(layer, latent, units)
  }

  private static func conditioner(_ layer: Int, _ latent: Int, _ units: Int) -> Conditioner {
    let (read, changed) = halves(layer, latent)
    return Conditioner(activation: .tanh, inputs: read.count, units: units, outputs: changed.count)
  }

  var parameters: [ParameterSpec] {
    (0..<layers).flatMap {
      conditioner($0).parameters($0, ("scale", "shift"), beginsAtZero: true)
    }
  }
  var cachePerDraw: Int { kept.count }

  private func cache(_ pass: LatentPass) -> FlowCache { FlowCache(pass, kept) }

  private func weights(_ layer: Int, _ pass: LatentPass) -> Conditioner.Weights {
    conditioner(layer).weights(weights.block(in: pass.scratch).rows(layer..<layer + 1))
  }

  private func prepare(_ pass: LatentPass) {
    guard pass.isFresh else { return }
    for layer in 0..<layers {
      conditioner(layer).prepare(
        weights(layer, pass), pass, layer * Conditioner.parameterCount)
    }
  }

  /// Computes s and t of a layer from the half of the latents that it reads.
  private func condition(
    _ layer: Int, _ z: Block, hidden: Block, output: Block, _ pass: LatentPass
  ) {
    let conditioner = conditioner(layer)
    conditioner.forward(
      z.columns(halves(layer).read), context: nil, samples: 1, hidden: hidden, output: output,
      weights(layer, pass), bias: pass.parameter(layer * Conditioner.parameterCount + 1))
    for draw in 0..<z.rows { elbo_tanh(conditioner.outputs, output.row(draw), output.row(draw)) }
  }

  /// Maps the latents to the noise they come from, from the last layer to the first: (z - t)
  /// exp(-s).
  func logDensity(_ z: Block, into logDensity: UnsafeMutablePointer<Double>, _ pass: LatentPass) {
    prepare(pass)
    let cache = cache(pass)
    let constant = 0.5 * log(2 * Double.pi) * Double(latent)
    logDensity.update(repeating: -constant, count: z.rows)
    var before = z
    for layer in (0..<layers).reversed() {
      let after = cache.state(layer)
      after.copy(before)
      let changed = halves(layer).changed
      let output = cache.output(layer, changed.count)
      condition(layer, after, hidden: cache.hidden(layer), output: output, pass)
      for draw in 0..<z.rows {
        let (s, after) = (output.row(draw), after.row(draw) + changed.lowerBound)
        let (t, factor) = (s + changed.count, factors(-1, s, changed.count, cache, draw))
        var sum = 0.0
        for i in 0..<changed.count {
          after[i] = (after[i] - t[i]) * factor[i]
          sum += Double(s[i])
        }
        logDensity[draw] -= sum
      }
      before = after
    }
    for draw in 0..<z.rows {
      let noise = before.row(draw)
      var sum = 0.0
      for i in 0..<latent { sum += Double(noise[i]) * Double(noise[i]) }
      logDensity[draw] -= 0.5 * sum
    }
  }

  /// exp(sign s), in the scratch space after the states.
  private func factors(
    _ sign: Float, _ s: UnsafePointer<Float>, _ count: Int, _ cache: FlowCache, _ draw: Int
  ) -> UnsafeMutablePointer<Float> {
    let factor = cache.state(layers).row(draw)
    for i in 0..<count { factor[i] = sign * s[i] }
    elbo_exp(count, factor, factor)
    return factor
  }

  /// With g the gradient in y = (z - t) exp(-s) of log p = … - sum of s, the gradient in t is -g
  /// exp(-s) and in s -g y - 1.
  func backward(_ z: Block, weights: PriorWeights, adding dz: Block, _ pass: LatentPass) {
    let cache = cache(pass)
    let slope = cache.hidden(layers)
    let gradient = cache.output(layers, latent).columns(0..<latent)
    for draw in 0..<z.rows {
      for i in 0..<latent { gradient[draw, i] = -cache.state(0)[draw, i] }
    }
    for layer in 0..<layers {
      let (conditioner, (read, changed)) = (conditioner(layer), halves(layer))
      let (after, output) = (cache.state(layer), cache.output(layer, changed.count))
      for draw in 0..<z.rows {
        let s = output.row(draw)
        let (t, factor) = (s + changed.count, factors(-1, s, changed.count, cache, draw))
        let (y, g) = (after.row(draw) + changed.lowerBound, gradient.row(draw) + changed.lowerBound)
        for i in 0..<changed.count {
          let scaled = g[i] * factor[i]
          s[i] = (-g[i] * y[i] - 1) * (1 - s[i] * s[i])
          t[i] = -scaled
          g[i] = scaled
        }
      }
      conditioner.backward(
        output, hidden: cache.hidden(layer), into: slope, adding: gradient.columns(read),
        self.weights(layer, pass))
      // The parameters have their own weight.
      elbo_scale_rows(z.rows, output.columns, output.stride, weights.score, output.base)
      elbo_scale_rows(z.rows, units, slope.stride, weights.score, slope.base)
      conditioner.addGradients(
        output, after.columns(read), hidden: cache.hidden(layer), slope: slope, pass,
        layer * Conditioner.parameterCount)
    }
    for draw in 0..<z.rows {
      let (g, dz, weight) = (gradient.row(draw), dz.row(draw), weights.path[draw])
      for i in 0..<latent { dz[i] += weight * g[i] }
    }
  }

  /// Runs from the first layer to the last in the scratch space after the layers, so that what
  /// `logDensity` kept stays.
  func draw(_ noise: Block, into z: Block, _ pass: LatentPass) {
    prepare(pass)
    let cache = cache(pass)
    if noise.base != z.base { z.copy(noise) }
    for layer in 0..<layers {
      let changed = halves(layer).changed
      let output = cache.output(layers, changed.count)
      condition(layer, z, hidden: cache.hidden(layers), output: output, pass)
      for draw in 0..<z.rows {
        let (s, z) = (output.row(draw), z.row(draw) + changed.lowerBound)
        let (t, factor) = (s + changed.count, factors(1, s, changed.count, cache, draw))
        for i in 0..<changed.count { z[i] = z[i] * factor[i] + t[i] }
      }
    }
  }
}

extension Choice<PriorKind> {
  /// Standard normal noise sent through affine coupling layers: z' = z exp(s) + t in one half of
  /// the latents, s and t functions of the other.
  public static func flow(layers: Int = 4, units: Int = 64) -> Self {
    var module = FlowPrior()
    module.layers = layers
    module.units = units
    return Choice(module) { $0 }
  }

  /// Standard normal noise sent through affine coupling layers: z' = z exp(s) + t in one half of
  /// the latents, s and t functions of the other.
  public static var flow: Self { .flow() }
}
