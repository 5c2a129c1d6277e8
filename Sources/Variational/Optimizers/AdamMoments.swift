import CKernels
import Glibc
import JSON

/// The options that Adam and its relatives share.
public struct AdamMoments: Described {
  public var rate = 0.001
  public var beta1 = 0.9
  public var beta2 = 0.999
  public var epsilon = 1e-8

  public init() {}

  init(rate: Double) { self.rate = rate }

  public static let fields: [Field<AdamMoments>] = [
    Field("rate", \.rate, "Step size.", .from(0)),
    Field("beta1", \.beta1, "Decay of the mean gradient.", .from(0, to: 0.999999)),
    Field("beta2", \.beta2, "Decay of the mean square.", .from(0, to: 0.999999)),
    Field("epsilon", \.epsilon, "Added to the root of the mean square.", .above(0)),
  ]

  /// What the running means are divided by at an update, since they begin at zero: 1 - beta^t.
  func corrections(_ update: Int) -> (first: Double, second: Double) {
    (1 - pow(beta1, Double(update)), 1 - pow(beta2, Double(update)))
  }

  /// Adam's own step, with both corrections folded into rate and epsilon:
  /// m / c1 / (sqrt(v / c2) + e) = (sqrt(c2) / c1) m / (sqrt(v) + sqrt(c2) e).
  func step(_ move: Move) -> elbo_adam_step {
    let (first, second) = corrections(move.update)
    let root = second.squareRoot()
    return elbo_adam_step(
      beta1: Float(beta1), beta2: Float(beta2), epsilon: Float(epsilon * root), shrink: 1,
      alongMean: Float(rate * move.rateFactor * root / first), alongGradient: 0, isPlain: 0)
  }
}
