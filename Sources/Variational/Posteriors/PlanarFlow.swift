import Glibc
import Layers
import Tensors

/// Planar layers: z' = z + uHat tanh(w z + b); log |det dz' / dz| = log (1 + tanh'(w z + b) w uHat) (Rezende and Mohamed,
/// arXiv 1505.05770, equations 10 to 13).
///
/// w, u and b of each layer are the encoder's outputs, behind the log-variances (section 4.2). A layer is invertible where
/// w uHat > -1: uHat = u + (m(w u) - w u) w / |w|^2 (appendix A.1). There m(x) = softplus(x) - 1; here
/// m(x) = softplus(x + log(e - 1)) - 1, which is 0 at 0, so that u = 0 is the identity and uHat stays bounded where w vanishes.
struct PlanarFlow: SampledPosterior {
  let latent: Int
  let layers: Int

  private var base: DiagonalGaussian { DiagonalGaussian(latent: latent) }
  /// The numbers that make a layer.
  private var width: Int { 2 * latent + 1 }
  var inputs: Int { 2 * latent + layers * width }
  // The deviations, and what each layer keeps.
  var cachePerRow: Int { Block.stride(for: latent) + layers * PlanarLayer.kept(latent) }
  // z before each layer, and its tanh.
  var cachePerDraw: Int { layers * (latent + 1) }
  // d log q / dz of one draw, and the gradient in one layer.
  var scratch: Int { latent + PlanarLayer.Gradient.count(latent) }

  private func rows(_ pass: LatentPass) -> (deviation: Block, layers: Block) {
    var carving = Carving(pass.rowCache)
    let rows = pass.rowCache.rows
    return (carving.block(rows, latent), carving.block(rows, layers * PlanarLayer.kept(latent)))
  }

  private func layer(_ index: Int, _ h: Block, _ row: Int, _ kept: Block) -> PlanarLayer {
    let start = h.row(row) + 2 * latent + index * width
    return PlanarLayer(
      latent: latent, w: start, u: start + latent, b: start[2 * latent],
      kept: kept.row(row) + index * PlanarLayer.kept(latent))
  }

  /// z before the layer, and behind it its tanh.
  private func cached(_ index: Int, _ draw: Int, _ pass: LatentPass) -> UnsafeMutablePointer<Float>
  {
    pass.cache.row(draw) + index * (latent + 1)
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

  /// What goes by way of z alone is worth d log q / dz at a fixed q in every draw; the rest is the derivative of
  /// sum of log |det| - log q of the Gaussian's draw, wherever it depends on.
  func backward(
    _ dz: Block, h: Block, noise: Block, samples: Int, weights: LatentWeights, into dh: Block,
    _ pass: LatentPass
  ) {
    let rows = rows(pass)
    let gradient = PlanarLayer.Gradient(pass.scratch.base + latent, latent)
    for row in 0..<h.rows {
      let draws = row * samples..<(row + 1) * samples
      if let path = weights.path, let score = weights.score {
        for draw in draws where path[draw] != score[draw] {
          let slope = pass.scratch.base
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
