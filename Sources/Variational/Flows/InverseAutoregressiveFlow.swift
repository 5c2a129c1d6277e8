import CKernels
import Declarations
import Layers
import Tensors

/// Inverse autoregressive layers: z' = sigma z + (1 - sigma) m with sigma = sigmoid(s), where s_i
/// and m_i depend on the context and on the latents before i; log |det dz' / dz| = sum of log sigma
/// (Kingma et al., arXiv 1606.04934, equations 10 to 14).
///
/// Layers alternate between the latents' order and its reverse. s and m come from a masked network
/// with one hidden layer (`Conditioner`), to which the context is added: the encoder's outputs
/// after the log-variances, the same for all layers. The bias of s begins at 2, so that a layer
/// changes little at first.
struct InverseAutoregressiveFlow: Posterior {
  let latent: Int
  let layers: Int
  let units: Int
  let outputRange: OutputRange?
  private let kept: FlowCache.Parts
  // For each example: the deviations, and the gradient in the context.
  private let deviations, contexts: Carving.Segment
  let cachePerRow: Int
  // One row for the weights of each layer; d log q / dz of one draw, and two rows of hidden units.
  private let weights, slope, gathered, bend: Carving.Segment
  let scratch: Int

  init(latent: Int, layers: Int, units: Int, outputRange: OutputRange? = nil) {
    (self.latent, self.layers, self.units) = (latent, layers, units)
    self.outputRange = outputRange
    kept = FlowCache.Parts(layers: layers, latent: latent, units: units)
    var row = Carving()
    deviations = row.block(1, latent)
    contexts = row.block(1, units)
    cachePerRow = row.count
    var carving = Carving()
    weights = carving.block(layers, Self.conditioner(0, latent, units).scratch)
    slope = carving.block(1, latent)
    gathered = carving.block(1, units)
    bend = carving.block(1, units)
    scratch = carving.count
  }

  private var base: DiagonalGaussian { DiagonalGaussian(latent: latent) }

  private func conditioner(_ layer: Int) -> Conditioner {
    Self.conditioner(layer, latent, units)
  }

  private static func conditioner(_ layer: Int, _ latent: Int, _ units: Int) -> Conditioner {
    Conditioner(
      activation: .elu, inputs: latent, units: units, outputs: latent,
      order: layer.isMultiple(of: 2) ? .ascending : .descending)
  }

  var inputs: Int { 2 * latent + units }
  var parameters: [ParameterSpec] {
    (0..<layers).flatMap { conditioner($0).parameters($0, ("gate", "shift"), bias: 2) }
  }
  var cachePerDraw: Int { kept.count }

  private func weights(_ layer: Int, _ pass: LatentPass) -> Conditioner.Weights {
    conditioner(layer).weights(weights.block(in: pass.scratch).rows(layer..<layer + 1))
  }

  private func cache(_ pass: LatentPass) -> FlowCache { FlowCache(pass, kept) }

  /// Returns the deviations of every row, and the gradient in its context.
  private func rows(_ pass: LatentPass) -> (deviation: Block, context: Block) {
    (deviations.block(in: pass.rowCache), contexts.block(in: pass.rowCache))
  }

  func sample(
    _ h: Block, noise: Block, samples: Int, into z: Block,
    logDensity: UnsafeMutablePointer<Double>?, _ pass: LatentPass
  ) {
    let cache = cache(pass)
    base.sample(
      h, noise: noise, samples: samples, into: z, logDensity: logDensity,
      pass.with(rowCache: rows(pass).deviation))
    for layer in 0..<layers {
      let (conditioner, weights) = (conditioner(layer), weights(layer, pass))
      let first = layer * Conditioner.parameterCount
      if pass.isFresh { conditioner.prepare(weights, pass, first) }
      let (before, output) = (cache.state(layer), cache.output(layer, latent))
      before.copy(z)
      conditioner.forward(
        before, context: h.columns(2 * latent..<inputs), samples: samples,
        hidden: cache.hidden(layer), output: output, weights, bias: pass.parameter(first + 1))
      transform(before, output, into: z, logDensity, room: cache.state(layers))
    }
  }

  /// Turns s into sigma, and z into z'.
  private func transform(
    _ before: Block, _ output: Block, into z: Block, _ logDensity: UnsafeMutablePointer<Double>?,
    room: Block
  ) {
    for draw in 0..<z.rows {
      let (gate, before, after) = (output.row(draw), before.row(draw), z.row(draw))
      let shift = gate + latent
      if let logDensity {
        let costs = room.row(draw)
        for i in 0..<latent { costs[i] = -gate[i] }
        elbo_softplus(latent, costs, costs)
        var sum = 0.0
        for i in 0..<latent { sum += Double(costs[i]) }
        logDensity[draw] += sum
      }
      elbo_sigmoid(latent, gate, gate)
      for i in 0..<latent { after[i] = shift[i] + gate[i] * (before[i] - shift[i]) }
    }
  }

  /// The path through z alone contributes d log q / dz at a fixed q in every draw; the rest is the
  /// derivative of sum over layers of log sigma - log q of the Gaussian's draw, by every other
  /// path.
  func backward(
    _ dz: Block, h: Block, noise: Block, samples: Int, weights: LatentWeights, into dh: Block,
    _ pass: LatentPass
  ) {
    let (cache, rows) = (cache(pass), rows(pass))
    if let path = weights.path, let score = weights.score {
      for draw in 0..<dz.rows where path[draw] != score[draw] {
        let slope = densitySlope(draw, noise, rows.deviation.row(draw / samples), cache, pass)
        let (excess, dz) = (path[draw] - score[draw], dz.row(draw))
        for i in 0..<latent { dz[i] -= excess * slope[i] }
      }
    }
    rows.context.base.update(repeating: 0, count: rows.context.span)
    let slope = cache.hidden(layers)
    for layer in (0..<layers).reversed() {
      let (conditioner, network) = (conditioner(layer), self.weights(layer, pass))
      let (before, hidden) = (cache.state(layer), cache.hidden(layer))
      let output = cache.output(layer, latent)
      transformBackward(before, output, dz, weights.score)
      conditioner.backward(output, hidden: hidden, into: slope, adding: dz, network)
      conditioner.addGradients(
        output, before, hidden: hidden, slope: slope, pass, layer * Conditioner.parameterCount)
      for draw in 0..<dz.rows {
        elbo_add(units, slope.row(draw), rows.context.row(draw / samples))
      }
    }
    base.backward(
      dz, h: h, noise: noise, samples: samples,
      weights: LatentWeights(path: weights.score, score: weights.score), into: dh,
      pass.with(rowCache: rows.deviation))
    dh.columns(2 * latent..<inputs).copy(rows.context)
  }

  /// Turns sigma and m into the gradients in s and m, and the gradient in z' into the part of the
  /// gradient in z that does not pass through a network.
  private func transformBackward(
    _ before: Block, _ output: Block, _ dz: Block, _ score: UnsafePointer<Float>?
  ) {
    for draw in 0..<dz.rows {
      let (gate, before, dz) = (output.row(draw), before.row(draw), dz.row(draw))
      let (shift, weight) = (gate + latent, score?[draw] ?? 0)
      for i in 0..<latent {
        let (sigma, slope) = (gate[i], dz[i])
        gate[i] = (1 - sigma) * (slope * sigma * (before[i] - shift[i]) + weight)
        shift[i] = (1 - sigma) * slope
        dz[i] = slope * sigma
      }
    }
  }

  /// d log q / dz at a fixed q: J^T x = g - d (sum of log sigma) / dz, layer by layer, from the
  /// last latent of its order to the first, since a latent's column of J below the diagonal
  /// contains only later latents.
  private func densitySlope(
    _ draw: Int, _ noise: Block, _ deviation: UnsafePointer<Float>, _ cache: FlowCache,
    _ pass: LatentPass
  ) -> UnsafeMutablePointer<Float> {
    let slope = slope.block(in: pass.scratch).base
    let gathered = gathered.block(in: pass.scratch).base
    let bend = bend.block(in: pass.scratch).base
    for i in 0..<latent { slope[i] = -noise[draw, i] / deviation[i] }
    for layer in 0..<layers {
      let (conditioner, weights) = (conditioner(layer), weights(layer, pass))
      let (gate, before) = (cache.output(layer, latent).row(draw), cache.state(layer).row(draw))
      let (shift, hidden) = (gate + latent, cache.hidden(layer).row(draw))
      for unit in 0..<units {
        gathered[unit] = 0
        bend[unit] = hidden[unit] > 0 ? 1 : 1 + hidden[unit]
      }
      for rank in (0..<latent).reversed() {
        let i = conditioner.rank(rank)
        let row = weights.hidden.row(i)
        let sigma = gate[i]
        slope[i] = (slope[i] - dot(row, gathered, conditioner.unitsFed(by: i))) / sigma
        let first = (1 - sigma) * (slope[i] * sigma * (before[i] - shift[i]) + 1)
        let second = (1 - sigma) * slope[i]
        let (toGate, toShift) = (
          weights.outputTransposed.row(i), weights.outputTransposed.row(latent + i)
        )
        for unit in conditioner.unitsFeeding(i) {
          gathered[unit] += bend[unit] * (first * toGate[unit] + second * toShift[unit])
        }
      }
    }
    return slope
  }

  /// Returns the dot product of parts of two rows, in eight independent sums: a single one would
  /// stall on its own latency at every step.
  private func dot(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ range: Range<Int>
  ) -> Float {
    var sums = SIMD8<Float>.zero
    var i = range.lowerBound
    while i + 8 <= range.upperBound {
      sums +=
        UnsafeRawPointer(a + i).loadUnaligned(as: SIMD8<Float>.self)
        * UnsafeRawPointer(b + i).loadUnaligned(as: SIMD8<Float>.self)
      i += 8
    }
    var sum = sums.sum()
    for i in i..<range.upperBound { sum += a[i] * b[i] }
    return sum
  }
}
