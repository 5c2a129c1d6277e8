import CKernels
import Glibc
import JSON

/// Adam (Kingma and Ba, arXiv 1412.6980, algorithm 1): m and v are running means of g and g^2, both corrected for their start at zero;
/// p -= rate m / (sqrt(v) + epsilon).
public struct Adam: OptimizerModule {
  public var rate = 0.001
  public var beta1 = 0.9
  public var beta2 = 0.999
  public var epsilon = 1e-8

  public init() {}

  public static let type = "adam"
  public static let summary = "Adam: steps scaled by running means of the gradient and its square."
  public static let fields: [Field<Adam>] = [
    Field("rate", \.rate, "Step size.", .from(0)),
    Field("beta1", \.beta1, "Decay of the mean gradient.", .from(0, to: 0.999999)),
    Field("beta2", \.beta2, "Decay of the mean square.", .from(0, to: 0.999999)),
    Field("epsilon", \.epsilon, "Added to the root of the mean square.", .above(0)),
  ]

  public var slots: Int { 2 }

  /// The corrections go into rate and epsilon: m / c1 / (sqrt(v / c2) + e) = (sqrt(c2) / c1) m / (sqrt(v) + sqrt(c2) e).
  public func step(
    update: Int, count: Int, parameters: UnsafeMutablePointer<Float>,
    gradient: UnsafePointer<Float>, scale: Float, slot: (Int) -> UnsafeMutablePointer<Float>
  ) {
    let first = 1 - pow(beta1, Double(update))
    let second = (1 - pow(beta2, Double(update))).squareRoot()
    elbo_adam(
      count, parameters, slot(0), slot(1), gradient, scale, Float(rate * second / first),
      Float(beta1), Float(beta2), Float(epsilon * second))
  }
}
