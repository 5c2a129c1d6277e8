import CKernels
import Declarations
import Glibc
import JSON
import Layers
import Tensors

/// The Gaussian with all covariances: z = mean + L noise, L lower triangular (Kingma and Welling,
/// arXiv 1906.02691, section 2.5.1).
///
/// The encoder's outputs are the means, the logarithms of the diagonal of L, and the entries below
/// the diagonal row by row: 2 latents + latents (latents - 1) / 2. The covariance is L L^T. KL to
/// the standard normal is analytic: 1/2 (sum of L_ij^2 + sum of mean^2 - latents) - sum of log
/// L_ii.
package struct FullGaussianPosterior: PosteriorModule {
  package var bounds = LogVarianceBounds()

  package init() {}

  package static let type = "fullGaussian"
  package static let summary =
    "Gaussian with a full covariance matrix; the encoder's outputs are the means, the log-diagonal of a Cholesky factor, and its rows below the diagonal."
  package static let fields: [Field<FullGaussianPosterior>] = Field.all(of: \.bounds)

  package func posterior(latent: Int) -> any Posterior {
    FullGaussian(latent: latent, outputRange: bounds.range(latent..<2 * latent, factor: 0.5))
  }

  package var settled: FullGaussianPosterior {
    var module = self
    module.bounds = bounds.settled
    return module
  }
}

/// The Cholesky factor in a row h.
private struct Factor {
  let h: UnsafePointer<Float>
  let latent: Int

  func mean(_ i: Int) -> Float { h[i] }
  func logDiagonal(_ i: Int) -> Float { h[latent + i] }
  /// Returns the entries of row i left of the diagonal.
  func below(_ i: Int) -> UnsafePointer<Float> { h + Self.below(i, latent) }

  static func below(_ i: Int, _ latent: Int) -> Int { 2 * latent + i * (i - 1) / 2 }

  /// z = mean + L noise; z may be the noise.
  func transform(
    _ noise: UnsafePointer<Float>, diagonal: (Int) -> Float,
    into z: UnsafeMutablePointer<Float>
  ) {
    for i in (0..<latent).reversed() {
      var sum = mean(i) + diagonal(i) * noise[i]
      let below = below(i)
      for j in 0..<i { sum += below[j] * noise[j] }
      z[i] = sum
    }
  }

  /// x = L^-T x, with the inverse of the diagonal.
  func solveTransposed(_ x: UnsafeMutablePointer<Float>, _ inverse: UnsafePointer<Float>) {
    for i in (0..<latent).reversed() {
      x[i] *= inverse[i]
      let below = below(i)
      for j in 0..<i { x[j] -= below[j] * x[i] }
    }
  }
}

struct FullGaussian: ComponentPosterior, ClosedFormPosterior {
  let latent: Int
  var outputRange: OutputRange?
  let inputs: Int
  // The diagonal of L and its inverse, and a row for the gradient.
  private let diagonal, inverse, gradient: Carving.Segment
  let cachePerRow: Int

  init(latent: Int, outputRange: OutputRange? = nil) {
    (self.latent, self.outputRange) = (latent, outputRange)
    inputs = 2 * latent + latent * (latent - 1) / 2
    var row = Carving()
    diagonal = row.packed(1, latent)
    inverse = row.packed(1, latent)
    gradient = row.packed(1, inputs)
    cachePerRow = row.count
  }

  // -d log q / dz at a fixed q.
  var scratch: Int { latent }

  func sample(
    _ h: Block, noise: Block, samples: Int, into z: Block,
    logDensity: UnsafeMutablePointer<Double>?, _ pass: LatentPass
  ) {
    let constant = 0.5 * log(2 * Double.pi) * Double(latent)
    let (diagonals, inverses) = (
      diagonal.block(in: pass.rowCache), inverse.block(in: pass.rowCache)
    )
    for row in 0..<h.rows {
      let factor = Factor(h: h.row(row), latent: latent)
      let (diagonal, inverse) = (diagonals.row(row), inverses.row(row))
      var sum = constant
      for i in 0..<latent {
        diagonal[i] = exp(factor.logDiagonal(i))
        inverse[i] = exp(-factor.logDiagonal(i))
        sum += Double(factor.logDiagonal(i))
      }
      for draw in row * samples..<(row + 1) * samples {
        let noise = noise.row(draw)
        factor.transform(noise, diagonal: { diagonal[$0] }, into: z.row(draw))
        guard let logDensity else { continue }
        var square = 0.0
        for i in 0..<latent { square += Double(noise[i]) * Double(noise[i]) }
        logDensity[draw] = -sum - 0.5 * square
      }
    }
  }

  func divergence(
    _ h: Block, into divergence: UnsafeMutablePointer<Double>, _ pass: LatentPass
  ) {
    let diagonals = diagonal.block(in: pass.rowCache)
    for row in 0..<h.rows {
      let (h, diagonal) = (h.row(row), diagonals.row(row))
      var sum = 0.0
      for i in 0..<latent {
        let (m, d) = (Double(h[i]), Double(diagonal[i]))
        sum += m * m + d * d - 1 - 2 * Double(h[latent + i])
      }
      for i in 2 * latent..<inputs { sum += Double(h[i]) * Double(h[i]) }
      divergence[row] = 0.5 * sum
    }
  }

  /// With v = L^-T noise, -log q changes by v with z; at a fixed z by -v with the mean, by -v_i
  /// noise_j with L_ij and, through its normalisation, by 1 with each log L_ii.
  func backward(
    _ dz: Block, h: Block, noise: Block, samples: Int, weights: LatentWeights, into dh: Block,
    _ pass: LatentPass
  ) {
    let v = pass.scratch.row(0)
    let (diagonals, inverses, gradients) = (
      diagonal.block(in: pass.rowCache), inverse.block(in: pass.rowCache),
      gradient.block(in: pass.rowCache)
    )
    for row in 0..<h.rows {
      let factor = Factor(h: h.row(row), latent: latent)
      let (diagonal, gradient) = (diagonals.row(row), gradients.row(row))
      let divergence = weights.divergence(of: row)
      for i in 0..<inputs { gradient[i] = -divergence * factor.h[i] }
      for i in 0..<latent {
        gradient[latent + i] = divergence * (1 - diagonal[i] * diagonal[i])
      }
      for draw in row * samples..<(row + 1) * samples {
        let (slope, noise) = (dz.row(draw), noise.row(draw))
        if let paths = weights.path, let scores = weights.score {
          let (path, score) = (paths[draw], scores[draw])
          for i in 0..<latent { gradient[latent + i] += score }
          if path != score {
            v.update(from: noise, count: latent)
            factor.solveTransposed(v, inverses.row(row))
            for i in 0..<latent { slope[i] += (path - score) * v[i] }
          }
        }
        for i in 0..<latent {
          gradient[i] += slope[i]
          gradient[latent + i] += slope[i] * diagonal[i] * noise[i]
          let below = gradient + Factor.below(i, latent)
          for j in 0..<i { below[j] += slope[i] * noise[j] }
        }
      }
      dh.row(row).update(from: gradient, count: inputs)
    }
  }

  func moments(_ h: Block, mean: Block, deviation: Block) {
    for row in 0..<h.rows {
      let factor = Factor(h: h.row(row), latent: latent)
      for i in 0..<latent {
        mean[row, i] = factor.mean(i)
        var sum = exp(2 * Double(factor.logDiagonal(i)))
        let below = factor.below(i)
        for j in 0..<i { sum += Double(below[j]) * Double(below[j]) }
        deviation[row, i] = Float(sum.squareRoot())
      }
    }
  }
}

/// The density as a mixture component.
extension FullGaussian {
  /// The inverse of each diagonal, and two rows of scratch space.
  private struct Factors {
    let inverse, y, v: Carving.Segment
    let count: Int

    init(_ rows: Int, _ latent: Int) {
      var carving = Carving()
      inverse = carving.packed(rows, latent)
      y = carving.packed(1, latent)
      v = carving.packed(1, latent)
      count = carving.count
    }
  }

  func factors(_ rows: Int) -> Int { Factors(rows, latent).count }

  func prepare(_ h: Block, into factors: Block) {
    let inverse = Factors(h.rows, latent).inverse.block(in: factors)
    for row in 0..<h.rows {
      for i in 0..<latent { inverse[row, i] = exp(-h[row, latent + i]) }
    }
  }

  /// y = L^-1 (z - mean); returns its log density.
  private func whiten(
    _ z: UnsafePointer<Float>, _ factor: Factor, _ inverse: UnsafePointer<Float>,
    into y: UnsafeMutablePointer<Float>
  ) -> Float {
    var sum = 0.5 * log(2 * Double.pi) * Double(latent)
    for i in 0..<latent {
      var gap = z[i] - factor.mean(i)
      let below = factor.below(i)
      for j in 0..<i { gap -= below[j] * y[j] }
      y[i] = gap * inverse[i]
      sum += 0.5 * Double(y[i]) * Double(y[i]) + Double(factor.logDiagonal(i))
    }
    return Float(-sum)
  }

  func logDensities(
    _ z: UnsafePointer<Float>, _ h: Block, _ factors: Block,
    into terms: UnsafeMutablePointer<Float>
  ) {
    let parts = Factors(h.rows, latent)
    let (inverse, y) = (parts.inverse.block(in: factors), parts.y.block(in: factors).base)
    for row in 0..<h.rows {
      terms[row] = whiten(
        z, Factor(h: h.row(row), latent: latent), inverse.row(row), into: y)
    }
  }

  func addGradient(
    _ z: UnsafePointer<Float>, _ h: Block, _ factors: Block,
    share: UnsafePointer<Float>, path: Float, score: Float,
    adding dz: UnsafeMutablePointer<Float>, dh: Block
  ) {
    let parts = Factors(h.rows, latent)
    let inverses = parts.inverse.block(in: factors)
    let (y, v) = (parts.y.block(in: factors).base, parts.v.block(in: factors).base)
    for row in 0..<h.rows where share[row] > 0 {
      let factor = Factor(h: h.row(row), latent: latent)
      let inverse = inverses.row(row)
      _ = whiten(z, factor, inverse, into: y)
      v.update(from: y, count: latent)
      factor.solveTransposed(v, inverse)
      let (path, score, dh) = (path * share[row], score * share[row], dh.row(row))
      for i in 0..<latent {
        dz[i] -= path * v[i]
        dh[i] += score * v[i]
        dh[latent + i] += score * (v[i] * y[i] / inverse[i] - 1)
        let below = dh + Factor.below(i, latent)
        for j in 0..<i { below[j] += score * v[i] * y[j] }
      }
    }
  }

  func draw(
    _ noise: UnsafePointer<Float>, _ h: UnsafePointer<Float>, into z: UnsafeMutablePointer<Float>
  ) {
    let factor = Factor(h: h, latent: latent)
    factor.transform(noise, diagonal: { exp(factor.logDiagonal($0)) }, into: z)
  }
}

extension Choice<PosteriorKind> {
  /// Gaussian with all covariances; the encoder's outputs are the means, the log-diagonal of a
  /// Cholesky factor, and its rows below the diagonal.
  public static var fullGaussian: Self { Choice(FullGaussianPosterior()) { $0 } }
}
