import CKernels
import Glibc

/// What Adam and its relatives divide their running means by, since these begin at zero: 1 - beta^t.
struct AdamCorrection {
  let first: Double
  let second: Double

  init(_ update: Int, _ beta1: Double, _ beta2: Double) {
    first = 1 - pow(beta1, Double(update))
    second = 1 - pow(beta2, Double(update))
  }

  /// Adam's own step, with both corrections folded into rate and epsilon.
  func step(
    rate: Double, _ beta1: Double, _ beta2: Double, _ epsilon: Double
  ) -> elbo_adam_step {
    let root = second.squareRoot()
    return elbo_adam_step(
      beta1: Float(beta1), beta2: Float(beta2), epsilon: Float(epsilon * root), shrink: 1,
      alongMean: Float(rate * root / first), alongGradient: 0, isPlain: 0)
  }
}
