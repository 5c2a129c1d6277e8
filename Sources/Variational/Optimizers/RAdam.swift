import CKernels
import JSON

/// Adam that waits until the variance of its step is known (Liu et al., arXiv 1908.03265, algorithm 2).
public struct RAdam: OptimizerModule {
  public var rate = 0.001
  public var beta1 = 0.9
  public var beta2 = 0.999
  public var epsilon = 1e-8

  public init() {}

  public static let type = "radam"
  public static let summary = "Adam that waits until the variance of its step is known."
  public static let fields: [Field<RAdam>] = [
    Field("rate", \.rate, "Step size.", .from(0)),
    Field("beta1", \.beta1, "Decay of the mean gradient.", .from(0, to: 0.999999)),
    Field("beta2", \.beta2, "Decay of the mean square.", .from(0, to: 0.999999)),
    Field("epsilon", \.epsilon, "Added to the root of the mean square.", .above(0)),
  ]

  public var slots: Int { 2 }

  public func step(
    update: Int, count: Int, parameters: UnsafeMutablePointer<Float>,
    gradient: UnsafePointer<Float>, scale: Float, slot: (Int) -> UnsafeMutablePointer<Float>
  ) {
    let correction = AdamCorrection(update, beta1, beta2)
    let limit = 2 / (1 - beta2) - 1
    let power = 1 - correction.second
    let length = limit - 2 * Double(update) * power / correction.second
    var step = correction.step(rate: rate, beta1, beta2, epsilon)
    if length > 5 {
      let ratio =
        (length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)
      step.alongMean *= Float(ratio.squareRoot())
    } else {
      step.isPlain = 1
      step.alongMean = Float(rate / correction.first)
    }
    elbo_adam_relative(
      count, parameters, slot(0), slot(1), nil, gradient, scale, &step)
  }
}
