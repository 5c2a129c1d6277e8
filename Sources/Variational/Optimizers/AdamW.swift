import CKernels
import Declarations
import JSON

/// Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101): p is first
/// multiplied by 1 - rate decay.
package struct AdamW: OptimizerModule {
  package var moments = AdamMoments()
  package var decay = 0.01

  package init() {}

  package static let type = "adamw"
  package static let summary = "Adam with decoupled weight decay."
  package static let fields: [Field<AdamW>] =
    Field.all(of: \.moments) + [
      Field(
        "decay", \.decay,
        "Share of the parameters, times the rate, that is subtracted in each update.", .factor)
    ]

  package var slots: Int { 2 }
  package var squares: Set<Int> { [1] }

  package func foresee(_ reach: inout Reach) {
    // Growing parameters may leave float32 at any step size.
    guard moments.rate * reach.rateFactor * decay <= 2 else { return }
    moments.foresee(&reach)
  }

  package func step(_ move: Move) {
    var step = moments.step(move)
    step.shrink = Float(1 - moments.rate * move.rateFactor * decay)
    elbo_adam_relative(
      move.count, move.parameters, move.slot(0), move.slot(1), nil, move.gradient, move.scale, &step
    )
  }
}

extension Choice<OptimizerKind> {
  /// Adam with decoupled weight decay.
  public static func adamw(
    rate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    decay: Double = 0.01
  ) -> Self {
    var module = AdamW()
    module.moments.rate = rate
    module.moments.beta1 = beta1
    module.moments.beta2 = beta2
    module.moments.epsilon = epsilon
    module.decay = decay
    return Choice(module) { $0 }
  }
}
