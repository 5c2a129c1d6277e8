import CKernels
import Declarations
import JSON

/// Adam with the largest mean square so far instead of the latest (Reddi et al., 2018).
package struct AMSGrad: OptimizerModule {
  package var moments = AdamMoments()

  package init() {}

  package static let type = "amsgrad"
  package static let summary = "Adam with the largest mean square so far instead of the latest."
  package static let fields: [Field<AMSGrad>] = Field.all(of: \.moments)

  package var slots: Int { 3 }
  package var squares: Set<Int> { [1, 2] }

  package func foresee(_ reach: inout Reach) { moments.foresee(&reach) }

  package func step(_ move: Move) {
    var step = moments.step(move)
    elbo_adam_relative(
      move.count, move.parameters, move.slot(0), move.slot(1), move.slot(2), move.gradient,
      move.scale, &step)
  }
}

extension Choice<OptimizerKind> {
  /// Adam with the largest mean square so far instead of the latest.
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
