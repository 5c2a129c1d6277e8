import Declarations
import Glibc
import Layers
import Tensors

/// Planar layers: z' = z + uHat tanh(w z + b); log |det dz' / dz| = log (1 + tanh'(w z + b) w uHat)
/// (Rezende and Mohamed, arXiv 1505.05770, equations 10 to 13).
///
/// w, u and b of each layer are the encoder's outputs, after the log-variances (section 4.2). A
/// layer is invertible where w uHat > -1: uHat = u + (m(w u) - w u) w / |w|^2 (appendix A.1). There
/// m(x) = softplus(x) - 1; here m(x) = softplus(x + log(e - 1)) - 1, which is 0 at 0, so that u = 0
/// is the identity and uHat stays bounded where w vanishes.
struct PlanarFlow: Posterior {
  let latent: Int
  let layers: Int
  let outputRange: OutputRange?
  // For each example: the deviations, and the values that each layer keeps.
  private let deviations, kept: Carving.Segment
  let cachePerRow: Int
  // For each draw: z before each layer, and its tanh.
  private let states: Carving.Segment
  let cachePerDraw: Int
  // d log q / dz of one draw, and the gradient in one layer.
  private let slope, gradient: Carving.Segment
  let scratch: Int

  init(latent: Int, layers: Int, outputRange: OutputRange? = nil) {
    (self.latent, self.layers, self.outputRange) = (latent, layers, outputRange)
    var row = Carving()
    deviations = row.block(1, latent)
    kept = row.packed(layers, PlanarLayer.kept(latent))
    cachePerRow = row.count
    var draw = Carving()
    states = draw.packed(layers, latent + 1)
    cachePerDraw = draw.count
    var carving = Carving()
    slope = carving.packed(1, latent)
    gradient = carving.packed(1, PlanarLayer.Gradient.count(latent))
    scratch = carving.count
  }

  private var base: DiagonalGaussian { DiagonalGaussian(latent: latent) }
  /// The number of parameters of a layer.
  private var width: Int { 2 * latent + 1 }
  var inputs: Int { 2 * latent + layers * width }

  /// Returns the deviations of every row; row r * layers + i of `layers` holds the values that
  /// layer i keeps for row r.
  private func rows(_ pass: LatentPass) -> (deviation: Block, layers: Block) {
    (deviations.block(in: pass.rowCache), kept.block(in: pass.rowCache))
  }

  private func layer(_ index: Int, _ h: Block, _ row: Int, _ kept: Block) -> PlanarLayer {
    let start = h.row(row) + 2 * latent + index * width
    return PlanarLayer(
      latent: latent, w: start, u: start + latent, b: start[2 * latent],
      kept: kept.row(row * layers + index))
  }

  /// z before the layer, followed by its tanh.
  private func cached(_ index: Int, _ draw: Int, _ pass: LatentPass) -> UnsafeMutablePointer<Float>
  {
    states.block(in: pass.cache).row(draw * layers + index)
  }

  func sample(
    _ h: Block, noise: Block, samples: Int, into z: Block,
    logDensity: UnsafeMutablePointer<Double>?, _ pass: LatentPass
  ) {
    let rows = rows(pass)
    base.sample(
      h, noise: noise, samples: samples, into: z, logDensity: logDensity,
      pass.with(rowCache: rows.deviation))
    for row in 0..<h.rows {
      for index in 0..<layers {
        let layer = layer(index, h, row, rows.layers)
        layer.prepare()
        for draw in row * samples..<(row + 1) * samples {
          let determinant = layer.transform(z.row(draw), keeping: cached(index, draw, pass))
          logDensity?[draw] -= log(determinant)
        }
      }
    }
  }

  /// The path through z alone contributes d log q / dz at a fixed q in every draw; the rest is the
  /// derivative of sum of log |det| - log q of the Gaussian's draw, by every other path.
  func backward(
    _ dz: Block, h: Block, noise: Block, samples: Int, weights: LatentWeights, into dh: Block,
    _ pass: LatentPass
  ) {
    let rows = rows(pass)
    let gradient = PlanarLayer.Gradient(gradient.block(in: pass.scratch).base, latent)
    for row in 0..<h.rows {
      let draws = row * samples..<(row + 1) * samples
      if let path = weights.path, let score = weights.score {
        for draw in draws where path[draw] != score[draw] {
          let slope = slope.block(in: pass.scratch).base
          for i in 0..<latent { slope[i] = -noise[draw, i] / rows.deviation[row, i] }
          for index in 0..<layers {
            layer(index, h, row, rows.layers).push(slope, cached(index, draw, pass))
          }
          for i in 0..<latent { dz[draw, i] -= (path[draw] - score[draw]) * slope[i] }
        }
      }
      for index in (0..<layers).reversed() {
        let layer = layer(index, h, row, rows.layers)
        gradient.clear()
        for draw in draws {
          layer.backward(
            dz.row(draw), weight: weights.score?[draw] ?? 0, cached(index, draw, pass),
            adding: gradient)
        }
        layer.finish(gradient, into: dh.row(row) + 2 * latent + index * width)
      }
    }
    base.backward(
      dz, h: h, noise: noise, samples: samples,
      weights: LatentWeights(path: weights.score, score: weights.score), into: dh,
      pass.with(rowCache: rows.deviation))
  }
}
