import CKernels
import JSON

/// Adam that waits until the variance of its step is known (Liu et al., arXiv 1908.03265, algorithm 2).
public struct RAdam: OptimizerModule {
  public var moments = AdamMoments()

  public init() {}

  public static let type = "radam"
  public static let summary = "Adam that waits until the variance of its step is known."
  public static let fields: [Field<RAdam>] = Field.all(of: \.moments)

  public var slots: Int { 2 }

  public func step(
    update: Int, count: Int, parameters: UnsafeMutablePointer<Float>,
    gradient: UnsafePointer<Float>, scale: Float, slot: (Int) -> UnsafeMutablePointer<Float>
  ) {
    let (first, second) = moments.corrections(update)
    let limit = 2 / (1 - moments.beta2) - 1
    let length = limit - 2 * Double(update) * (1 - second) / second
    var step = moments.step(update)
    if length > 5 {
      let ratio =
        (length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)
      step.alongMean *= Float(ratio.squareRoot())
    } else {
      step.isPlain = 1
      step.alongMean = Float(moments.rate / first)
    }
    elbo_adam_relative(
      count, parameters, slot(0), slot(1), nil, gradient, scale, &step)
  }
}
