import CKernels
import Declarations
import Glibc
import JSON

/// The options that Adam and its relatives share.
package struct AdamMoments: Described {
  package var rate = 0.001
  package var beta1 = 0.9
  package var beta2 = 0.999
  package var epsilon = 1e-8

  package init() {}

  init(rate: Double) { self.rate = rate }

  package static let fields: [Field<AdamMoments>] = [
    Field("rate", \.rate, "Step size.", .factor),
    Field("beta1", \.beta1, "Decay of the mean gradient.", .from(0, to: 0.999999)),
    Field("beta2", \.beta2, "Decay of the mean square.", .from(0, to: 0.999999)),
    Field("epsilon", \.epsilon, "Constant added to the root of the mean square.", .epsilon),
  ]

  /// Returns the corrections of the running means for their start at zero, 1 - beta^t, at an
  /// update.
  func corrections(_ update: Int) -> (first: Double, second: Double) {
    (1 - pow(beta1, Double(update)), 1 - pow(beta2, Double(update)))
  }

  /// Bounds a step whose numerator is at most the corrected mean gradient plus `further` times the
  /// gradient, and whose denominator is at least epsilon. The corrections shrink both by the same
  /// factor; they never shrink the numerator alone.
  func foresee(_ reach: inout Reach, further: Double = 0) {
    let (mean, square) = (reach.slots.x, reach.slots.y)
    let newMean = max(mean, reach.gradient)
    let newSquare = max(square, reach.gradient * reach.gradient)
    let way =
      rate * reach.rateFactor * (newMean + further * reach.gradient)
      / corrections(reach.update).first
    reach.foresee(
      step: max(way, way / epsilon),
      slots: SIMD4(newMean, newSquare, max(reach.slots.z, newSquare), 0))
  }

  /// Returns Adam's own step, with both corrections folded into rate and epsilon:
  /// m / c1 / (sqrt(v / c2) + e) = (sqrt(c2) / c1) m / (sqrt(v) + sqrt(c2) e).
  func step(_ move: Move) -> elbo_adam_step {
    let (first, second) = corrections(move.update)
    let root = second.squareRoot()
    return elbo_adam_step(
      beta1: Float(beta1), beta2: Float(beta2), epsilon: Float(epsilon * root), shrink: 1,
      alongMean: Float(rate * move.rateFactor * root / first), alongGradient: 0, isPlain: 0)
  }
}
