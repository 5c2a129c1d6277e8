import CKernels
import Glibc
import JSON

/// Adam by the largest gradient instead of the mean square (Kingma and Ba, arXiv 1412.6980, algorithm 2):
/// u = max(beta2 u, |g| + epsilon); p -= rate m / u.
public struct AdaMax: OptimizerModule {
  public var rate = 0.002
  public var beta1 = 0.9
  public var beta2 = 0.999
  public var epsilon = 1e-8

  public init() {}

  public static let type = "adamax"
  public static let summary = "Adam by the largest gradient instead of the mean square."
  public static let fields: [Field<AdaMax>] = [
    Field("rate", \.rate, "Step size.", .from(0)),
    Field("beta1", \.beta1, "Decay of the mean gradient.", .from(0, to: 0.999999)),
    Field("beta2", \.beta2, "Decay of the mean square.", .from(0, to: 0.999999)),
    Field("epsilon", \.epsilon, "Added to the gradient.", .above(0)),
  ]

  public var slots: Int { 2 }

  public func step(
    update: Int, count: Int, parameters: UnsafeMutablePointer<Float>,
    gradient: UnsafePointer<Float>, scale: Float, slot: (Int) -> UnsafeMutablePointer<Float>
  ) {
    let first = 1 - pow(beta1, Double(update))
    elbo_adamax(
      count, parameters, slot(0), slot(1), gradient, scale, Float(rate / first), Float(beta1),
      Float(beta2), Float(epsilon))
  }
}
