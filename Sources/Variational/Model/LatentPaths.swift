import Declarations
import Glibc
import JSON
import Tensors

/// How a path leads from one latent to another.
package enum Interpolation: String, Word {
  /// a + t (b - a).
  case linear
  /// Along the great circle: sin((1 - t) w) / sin w a + sin(t w) / sin w b, with w the angle
  /// between a and b (White, arXiv 1609.04468, section 2.1). Draws of a normal prior in many
  /// dimensions lie near a sphere, and so does this path between them.
  case spherical

  /// Returns `steps` latents from `first` to `last`, which are both included exactly. Shape (steps,
  /// latent).
  package func path(from first: [Float], to last: [Float], steps: Int) -> Tensor {
    var values: [Float] = []
    values.reserveCapacity(steps * first.count)
    let weights = weights(first, last)
    for step in 0..<steps {
      let t = steps == 1 ? 0 : Double(step) / Double(steps - 1)
      let (a, b) = weights(t)
      for (x, y) in zip(first, last) {
        // Products with one and zero are exact, so the ends equal the arguments.
        values.append(Float(a * Double(x) + b * Double(y)))
      }
    }
    return Tensor([steps, first.count], values)
  }

  /// Returns the weights of the two ends as a function of t.
  private func weights(_ first: [Float], _ last: [Float]) -> (Double) -> (Double, Double) {
    func product(_ x: [Float], _ y: [Float]) -> Double {
      zip(x, y).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let lengths = (product(first, first) * product(last, last)).squareRoot()
    let angle = lengths > 0 ? acos(max(-1, min(1, product(first, last) / lengths))) : 0
    let sine = sin(angle)
    // There is no unique great circle through the origin, along a ray, or to the opposite side.
    guard self == .spherical, sine > 1e-6 else { return { (1 - $0, $0) } }
    return { t in
      t == 0
        ? (1, 0) : t == 1 ? (0, 1) : (sin((1 - t) * angle) / sine, sin(t * angle) / sine)
    }
  }
}

extension Model {
  /// Returns latents in which each of `latents` in turn goes from `low` to `high` in `steps` equal
  /// steps, with the others as in `base`. Shape (latents, steps, latent).
  package func traversal(
    of latents: [Int], around base: [Float], from low: Double, to high: Double, steps: Int
  ) -> Tensor {
    var values: [Float] = []
    values.reserveCapacity(latents.count * steps * base.count)
    for latent in latents {
      for step in 0..<steps {
        let t = steps == 1 ? 0 : Double(step) / Double(steps - 1)
        var point = base
        point[latent] = Float((1 - t) * low + t * high)
        values += point
      }
    }
    return Tensor([latents.count, steps, base.count], values)
  }

  /// Returns a grid of `steps` by `steps` latents at equal probabilities under the prior (Kingma
  /// and Welling, arXiv 1312.6114, figure 4).
  ///
  /// In row i and column j, latent `across` is the prior's quantile of (j + 1/2) / steps and latent
  /// `down` that of (i + 1/2) / steps; the others are as in `base`. Shape (steps, steps, latent).
  package func manifold(across: Int, down: Int, around base: [Float], steps: Int) -> Tensor {
    let quantiles = (0..<steps).map {
      Float(normalQuantile((Double($0) + 0.5) / Double(steps)))
    }
    var values: [Float] = []
    values.reserveCapacity(steps * steps * base.count)
    for row in quantiles {
      for column in quantiles {
        var point = base
        (point[across], point[down]) = (column, row)
        values += point
      }
    }
    return Tensor([steps, steps, base.count], values)
  }
}
