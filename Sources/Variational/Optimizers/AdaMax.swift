import CKernels
import Declarations
import Glibc
import JSON

/// Adam with the largest gradient instead of the mean square (Kingma and Ba, arXiv 1412.6980,
/// algorithm 2): u = max(beta2 u, |g| + epsilon); p -= rate m / u.
package struct AdaMax: OptimizerModule {
  package var moments = AdamMoments(rate: 0.002)

  package init() {}

  package static let type = "adamax"
  package static let summary = "Adam with the largest gradient instead of the mean square."
  package static let fields: [Field<AdaMax>] = Field.all(of: \.moments)

  package var slots: Int { 2 }
  package var squares: Set<Int> { [1] }

  package func foresee(_ reach: inout Reach) {
    let norm = max(reach.slots.y, reach.gradient + moments.epsilon)
    moments.foresee(&reach)
    reach.slots.y = max(reach.slots.y, norm)
  }

  package func step(_ move: Move) {
    let step = moments.step(move)
    let first = moments.corrections(move.update).first
    elbo_adamax(
      move.count, move.parameters, move.slot(0), move.slot(1), move.gradient, move.scale,
      Float(moments.rate * move.rateFactor / first), step.beta1,
      step.beta2, Float(moments.epsilon))
  }
}

extension Choice<OptimizerKind> {
  /// Adam with the largest gradient instead of the mean square.
  public static func adamax(
    rate: Double = 0.002, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) -> Self {
    var module = AdaMax()
    module.moments.rate = rate
    module.moments.beta1 = beta1
    module.moments.beta2 = beta2
    module.moments.epsilon = epsilon
    return Choice(module) { $0 }
  }
}
