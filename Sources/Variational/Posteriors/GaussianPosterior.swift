import CKernels
import Declarations
import Glibc
import JSON
import Layers
import Tensors

/// The diagonal Gaussian: z = mean + exp(logVariance / 2) noise.
///
/// The encoder's outputs are the means, then the log-variances. KL to the standard normal is
/// analytic (Kingma and Welling, arXiv 1312.6114, appendix B): 1/2 sum (mean^2 + exp(logVariance) -
/// 1 - logVariance).
package struct GaussianPosterior: PosteriorModule {
  package var bounds = LogVarianceBounds()

  package init() {}

  package static let type = "gaussian"
  package static let summary =
    "Diagonal Gaussian; the encoder's outputs are the means, then the log-variances."
  package static let fields: [Field<GaussianPosterior>] = Field.all(of: \.bounds)

  package func posterior(latent: Int) -> any Posterior {
    DiagonalGaussian(latent: latent, outputRange: bounds.range(latent..<2 * latent))
  }

  package var settled: GaussianPosterior {
    var module = self
    module.bounds = bounds.settled
    return module
  }
}

struct DiagonalGaussian: ComponentPosterior, ClosedFormPosterior {
  let latent: Int
  var outputRange: OutputRange?

  var inputs: Int { 2 * latent }
  var isDiagonalGaussian: Bool { true }
  // The deviations.
  var cachePerRow: Int { latent }

  /// Computes exp(logVariance / 2), which every later step needs, once for all rows in one flat
  /// call.
  private func deviations(_ h: Block, into cache: Block) {
    for row in 0..<h.rows {
      let (logVariance, deviation) = (h.row(row) + latent, cache.row(row))
      for i in 0..<latent { deviation[i] = 0.5 * logVariance[i] }
    }
    elbo_exp(cache.span, cache.base, cache.base)
  }

  func sample(
    _ h: Block, noise: Block, samples: Int, into z: Block,
    logDensity: UnsafeMutablePointer<Double>?, _ pass: LatentPass
  ) {
    let cache = pass.rowCache
    deviations(h, into: cache)
    let constant = 0.5 * log(2 * Double.pi) * Double(latent)
    for row in 0..<h.rows {
      let (mean, deviation) = (h.row(row), cache.row(row))
      for sample in row * samples..<(row + 1) * samples {
        let (noise, z) = (noise.row(sample), z.row(sample))
        for i in 0..<latent { z[i] = mean[i] + deviation[i] * noise[i] }
        guard let logDensity else { continue }
        var sum = 0.0
        for i in 0..<latent {
          sum += Double(mean[latent + i]) + Double(noise[i]) * Double(noise[i])
        }
        logDensity[sample] = -constant - 0.5 * sum
      }
    }
  }

  func divergence(
    _ h: Block, into divergence: UnsafeMutablePointer<Double>, _ pass: LatentPass
  ) {
    for row in 0..<h.rows {
      let (mean, deviation) = (h.row(row), pass.rowCache.row(row))
      var sum = 0.0
      for i in 0..<latent {
        let (m, d) = (Double(mean[i]), Double(deviation[i]))
        sum += m * m + d * d - 1 - Double(mean[latent + i])
      }
      divergence[row] = 0.5 * sum
    }
  }

  /// With e the noise and d the deviation: dz/dmean = 1 and dz/dlogVariance = d e / 2; -log q
  /// changes by e / d with z, and at a fixed z by -e / d with the mean and by (1 - e^2) / 2 with
  /// the log-variance.
  func backward(
    _ dz: Block, h: Block, noise: Block, samples: Int, weights: LatentWeights, into dh: Block,
    _ pass: LatentPass
  ) {
    for row in 0..<h.rows {
      let (h, deviation, dh) = (h.row(row), pass.rowCache.row(row), dh.row(row))
      let divergence = weights.divergence(of: row)
      for i in 0..<latent {
        dh[i] = -divergence * h[i]
        dh[latent + i] = divergence * 0.5 * (1 - deviation[i] * deviation[i])
      }
      for sample in row * samples..<(row + 1) * samples {
        let (dz, noise) = (dz.row(sample), noise.row(sample))
        guard let paths = weights.path, let scores = weights.score else {
          for i in 0..<latent {
            dh[i] += dz[i]
            dh[latent + i] += 0.5 * dz[i] * deviation[i] * noise[i]
          }
          continue
        }
        let (path, score) = (paths[sample], scores[sample])
        for i in 0..<latent {
          let slope = noise[i] / deviation[i]
          let total = dz[i] + path * slope
          dh[i] += total - score * slope
          dh[latent + i] +=
            0.5 * (total * deviation[i] * noise[i] + score * (1 - noise[i] * noise[i]))
        }
      }
    }
  }

  func moments(_ h: Block, mean: Block, deviation: Block) {
    mean.copy(h)
    deviations(h, into: deviation)
  }
}

/// The density as a mixture component: latent by latent, so that inner loops run over components.
extension DiagonalGaussian {
  /// Means and precisions (1 / deviation) latent by latent, log densities at the means, and inverse
  /// variances row by row.
  private struct Factors {
    let mean, precision, peak, inverseVariance: UnsafeMutablePointer<Float>
    let stride: Int

    init(_ row: Block, _ rows: Int, _ latent: Int) {
      let parts = Parts(rows, latent)
      let means = parts.mean.block(in: row)
      (mean, stride) = (means.base, means.stride)
      precision = parts.precision.block(in: row).base
      peak = parts.peak.block(in: row).base
      inverseVariance = parts.inverseVariance.block(in: row).base
    }

    struct Parts {
      let mean, precision, peak, inverseVariance: Carving.Segment
      let count: Int

      init(_ rows: Int, _ latent: Int) {
        var carving = Carving()
        mean = carving.block(latent, rows)
        precision = carving.block(latent, rows)
        peak = carving.block(1, rows)
        inverseVariance = carving.packed(rows, latent)
        count = carving.count
      }
    }
  }

  func factors(_ rows: Int) -> Int { Factors.Parts(rows, latent).count }

  func prepare(_ h: Block, into factors: Block) {
    let factors = Factors(factors, h.rows, latent)
    for row in 0..<h.rows {
      let h = h.row(row)
      var sum = Double(latent) * log(2 * Double.pi)
      for i in 0..<latent {
        let precision = exp(-0.5 * h[latent + i])
        factors.mean[i * factors.stride + row] = h[i]
        factors.precision[i * factors.stride + row] = precision
        factors.inverseVariance[row * latent + i] = precision * precision
        sum += Double(h[latent + i])
      }
      factors.peak[row] = Float(-0.5 * sum)
    }
  }

  func logDensities(
    _ z: UnsafePointer<Float>, _ h: Block, _ factors: Block,
    into terms: UnsafeMutablePointer<Float>
  ) {
    let factors = Factors(factors, h.rows, latent)
    terms.update(from: factors.peak, count: h.rows)
    for i in 0..<latent {
      let mean = factors.mean + i * factors.stride
      let (precision, z) = (factors.precision + i * factors.stride, z[i])
      for row in 0..<h.rows {
        let distance = (z - mean[row]) * precision[row]
        terms[row] -= 0.5 * distance * distance
      }
    }
  }

  func addGradient(
    _ z: UnsafePointer<Float>, _ h: Block, _ factors: Block,
    share: UnsafePointer<Float>, path: Float, score: Float,
    adding dz: UnsafeMutablePointer<Float>, dh: Block
  ) {
    let factors = Factors(factors, h.rows, latent)
    elbo_gaussian_shares(
      h.rows, latent, z, h.stride, h.base, factors.inverseVariance, share, path, score, dz,
      dh.stride, dh.base)
  }

  func draw(
    _ noise: UnsafePointer<Float>, _ h: UnsafePointer<Float>, into z: UnsafeMutablePointer<Float>
  ) {
    for i in 0..<latent { z[i] = h[i] + exp(0.5 * h[latent + i]) * noise[i] }
  }
}

extension Choice<PosteriorKind> {
  /// Diagonal Gaussian; the encoder's outputs are the means, then the log-variances.
  public static var gaussian: Self { Choice(GaussianPosterior()) { $0 } }
}
