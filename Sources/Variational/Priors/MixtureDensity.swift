import CKernels
import Glibc
import Tensors

/// log p(z) = log of the sum over k of weight_k q(z | h_k): a mixture of a posterior's densities at
/// rows h_k.
///
/// The shares r_k of the components in the density of each draw are its cache: d log p / dz = sum
/// r_k d log q(z | h_k) / dz, and the gradient in h_k uses them in the same way.
struct MixtureDensity: Sendable {
  let family: any ComponentPosterior
  let components: Int

  var cachePerDraw: Int { components }
  /// The number of values that `family.prepare` writes.
  var factors: Int { family.factors(components) }

  /// Overwrites `logDensity` and `shares`.
  func logDensity(
    _ z: Block, _ h: Block, logWeights: UnsafePointer<Float>,
    _ factors: Block, shares: Block,
    into logDensity: UnsafeMutablePointer<Double>
  ) {
    for row in 0..<z.rows {
      let shares = shares.row(row)
      family.logDensities(z.row(row), h, factors, into: shares)
      var largest = -Float.infinity
      for k in 0..<components {
        shares[k] += logWeights[k]
        largest = max(largest, shares[k])
      }
      for k in 0..<components { shares[k] -= largest }
      elbo_exp(components, shares, shares)
      var sum = 0.0
      for k in 0..<components { sum += Double(shares[k]) }
      elbo_scale(components, Float(1 / sum), shares)
      logDensity[row] = Double(largest) + log(sum)
    }
  }

  /// Adds to the gradients dz and dh.
  func backward(
    _ z: Block, _ h: Block, _ factors: Block, shares: Block,
    weights: PriorWeights, adding dz: Block, dh: Block
  ) {
    for row in 0..<z.rows {
      family.addGradient(
        z.row(row), h, factors, share: shares.row(row), path: weights.path[row],
        score: weights.score[row], adding: dz.row(row), dh: dh)
    }
  }

  /// Draws z: the last number of a row of noise, mapped to (0, 1) by the normal distribution
  /// function, chooses the component by its weight.
  func draw(_ noise: Block, _ h: Block, logWeights: UnsafePointer<Float>, into z: Block) {
    for row in 0..<z.rows {
      let noise = noise.row(row)
      let uniform = 0.5 * erfc(-Double(noise[family.latent]) / 2.squareRoot())
      var (component, sum) = (0, exp(Double(logWeights[0])))
      while component < components - 1, sum < uniform {
        component += 1
        sum += exp(Double(logWeights[component]))
      }
      family.draw(noise, h.row(component), into: z.row(row))
    }
  }
}
