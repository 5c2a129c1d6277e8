import CKernels
import Declarations
import JSON

/// Adam (Kingma and Ba, arXiv 1412.6980, algorithm 1): m and v are running means of g and g^2, both
/// corrected for their start at zero; p -= rate m / (sqrt(v) + epsilon).
package struct Adam: OptimizerModule {
  package var moments = AdamMoments()

  package init() {}

  package static let type = "adam"
  package static let summary = "Adam: steps scaled by running means of the gradient and its square."
  package static let fields: [Field<Adam>] = Field.all(of: \.moments)

  package var slots: Int { 2 }
  package var squares: Set<Int> { [1] }

  package func foresee(_ reach: inout Reach) { moments.foresee(&reach) }

  package func step(_ move: Move) {
    let step = moments.step(move)
    elbo_adam(
      move.count, move.parameters, move.slot(0), move.slot(1), move.gradient, move.scale,
      step.alongMean, step.beta1, step.beta2,
      step.epsilon)
  }
}

extension Choice<OptimizerKind> {
  /// Adam: steps scaled by running means of the gradient and its square.
  public static func adam(
    rate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) -> Self {
    var module = Adam()
    module.moments.rate = rate
    module.moments.beta1 = beta1
    module.moments.beta2 = beta2
    module.moments.epsilon = epsilon
    return Choice(module) { $0 }
  }

  /// Adam: steps scaled by running means of the gradient and its square.
  public static var adam: Self { .adam() }
}
