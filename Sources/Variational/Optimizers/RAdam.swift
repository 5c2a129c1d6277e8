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
  public var squares: Set<Int> { [1] }

  public func step(_ move: Move) {
    let (first, second) = moments.corrections(move.update)
    let limit = 2 / (1 - moments.beta2) - 1
    let length = limit - 2 * Double(move.update) * (1 - second) / second
    var step = moments.step(move)
    if length > 5 {
      let ratio =
        (length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length)
      step.alongMean *= Float(ratio.squareRoot())
    } else {
      step.isPlain = 1
      step.alongMean = Float(moments.rate * move.rateFactor / first)
    }
    elbo_adam_relative(
      move.count, move.parameters, move.slot(0), move.slot(1), nil, move.gradient, move.scale, &step
    )
  }
}
