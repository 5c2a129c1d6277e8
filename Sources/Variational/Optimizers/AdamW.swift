import CKernels
import JSON

/// Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101): p is first multiplied by 1 - rate decay.
public struct AdamW: OptimizerModule {
  public var rate = 0.001
  public var beta1 = 0.9
  public var beta2 = 0.999
  public var epsilon = 1e-8
  public var decay = 0.01

  public init() {}

  public static let type = "adamw"
  public static let summary = "Adam with decoupled weight decay."
  public static let fields: [Field<AdamW>] = [
    Field("rate", \.rate, "Step size.", .from(0)),
    Field("beta1", \.beta1, "Decay of the mean gradient.", .from(0, to: 0.999999)),
    Field("beta2", \.beta2, "Decay of the mean square.", .from(0, to: 0.999999)),
    Field("epsilon", \.epsilon, "Added to the root of the mean square.", .above(0)),
    Field(
      "decay", \.decay, "Part of the parameters, times the rate, that is taken away.", .from(0)),
  ]

  public var slots: Int { 2 }

  public func step(
    update: Int, count: Int, parameters: UnsafeMutablePointer<Float>,
    gradient: UnsafePointer<Float>, scale: Float, slot: (Int) -> UnsafeMutablePointer<Float>
  ) {
    let correction = AdamCorrection(update, beta1, beta2)
    var step = correction.step(rate: rate, beta1, beta2, epsilon)
    step.shrink = Float(1 - rate * decay)
    elbo_adam_relative(
      count, parameters, slot(0), slot(1), nil, gradient, scale, &step)
  }
}
