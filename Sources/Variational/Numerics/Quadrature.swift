import Glibc
import Layers
import Tensors

/// log p(x) by numerical integration over one or two latents, for a decoder of dense, tanh and
/// dense layers under the Bernoulli likelihood. The decoder is written out here again in float64,
/// so that it shares no code with what it checks.
struct Quadrature {
  private let weights: [[Double]]
  private let latent: Int
  private let units: Int

  /// Copies the decoder's four arrays from the model.
  init(_ model: Model) {
    weights = model.decoderParameters.map {
      model.parameters.tensor($0).values.map(Double.init)
    }
    latent = model.spec.latent
    units = weights[1].count
  }

  /// Returns log p(x) in nats by the trapezoid rule with `points` for each latent from -8 to 8,
  /// which is exact to rounding for smooth integrands that vanish at both ends.
  func logLikelihood(_ x: [Double], points: Int) -> Double {
    let width = 16 / Double(points)
    let grid = (0...points).map { -8 + width * Double($0) }
    var sum = LogSumExp()
    for first in grid {
      for second in latent == 2 ? grid : [0] {
        let z = latent == 2 ? [first, second] : [first]
        let prior = z.reduce(0) { $0 - 0.5 * (log(2 * Double.pi) + $1 * $1) }
        sum.add(prior + reconstruction(x, z))
      }
    }
    return sum.logSum + Double(latent) * log(width)
  }

  private func reconstruction(_ x: [Double], _ z: [Double]) -> Double {
    var logits = weights[3]
    for unit in 0..<units {
      let input = (0..<latent).reduce(weights[1][unit]) {
        $0 + z[$1] * weights[0][$1 * units + unit]
      }
      let value = tanh(input)
      for d in x.indices { logits[d] += value * weights[2][unit * x.count + d] }
    }
    return zip(x, logits).reduce(0) { sum, pair in
      let (x, logit) = pair
      return sum + x * logit - max(logit, 0) - log1p(exp(-logit.magnitude))
    }
  }
}
