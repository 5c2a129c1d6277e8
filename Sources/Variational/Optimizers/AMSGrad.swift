import CKernels
import Declarations
import JSON

/// Adam with the largest mean square so far instead of the latest (Reddi et al., 2018).
public struct AMSGrad: OptimizerModule {
  public var moments = AdamMoments()

  public init() {}

  public static let type = "amsgrad"
  public static let summary = "Adam with the greatest mean square so far in place of the latest."
  public static let fields: [Field<AMSGrad>] = Field.all(of: \.moments)

  public var slots: Int { 3 }
  public var squares: Set<Int> { [1, 2] }

  public func foresee(_ reach: inout Reach) { moments.foresee(&reach) }

  public func step(_ move: Move) {
    var step = moments.step(move)
    elbo_adam_relative(
      move.count, move.parameters, move.slot(0), move.slot(1), move.slot(2), move.gradient,
      move.scale, &step)
  }
}

extension Choice<OptimizerKind> {
  /// Adam with the greatest mean square so far in place of the latest.
  public static func amsgrad(
    rate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) -> Self {
    var module = AMSGrad()
    module.moments.rate = rate
    module.moments.beta1 = beta1
    module.moments.beta2 = beta2
    module.moments.epsilon = epsilon
    return Choice(module) { $0 }
  }
}
