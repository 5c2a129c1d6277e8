import CKernels
import JSON

/// Adam with the greatest mean square so far in place of the latest (Reddi et al., 2018).
public struct AMSGrad: OptimizerModule {
  public var rate = 0.001
  public var beta1 = 0.9
  public var beta2 = 0.999
  public var epsilon = 1e-8

  public init() {}

  public static let type = "amsgrad"
  public static let summary = "Adam with the greatest mean square so far in place of the latest."
  public static let fields: [Field<AMSGrad>] = [
    Field("rate", \.rate, "Step size.", .from(0)),
    Field("beta1", \.beta1, "Decay of the mean gradient.", .from(0, to: 0.999999)),
    Field("beta2", \.beta2, "Decay of the mean square.", .from(0, to: 0.999999)),
    Field("epsilon", \.epsilon, "Added to the root of the mean square.", .above(0)),
  ]

  public var slots: Int { 3 }

  public func step(
    update: Int, count: Int, parameters: UnsafeMutablePointer<Float>,
    gradient: UnsafePointer<Float>, scale: Float, slot: (Int) -> UnsafeMutablePointer<Float>
  ) {
    let correction = AdamCorrection(update, beta1, beta2)
    var step = correction.step(rate: rate, beta1, beta2, epsilon)
    elbo_adam_relative(
      count, parameters, slot(0), slot(1), slot(2), gradient, scale, &step)
  }
}
