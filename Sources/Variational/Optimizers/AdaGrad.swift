import CKernels
import Declarations
import JSON

/// Steps scaled by the root of the sum of all squared gradients (Duchi et al., 2011): p -= rate g /
/// (sqrt(sum g^2) + epsilon).
package struct AdaGrad: OptimizerModule {
  package var rate = 0.01
  package var epsilon = 1e-10

  package init() {}

  package static let type = "adagrad"
  package static let summary = "Steps scaled by the root of the sum of all squared gradients."
  package static let fields: [Field<AdaGrad>] = [
    Field("rate", \.rate, "Step size.", .factor),
    Field("epsilon", \.epsilon, "Constant added to the root of the sum of squares.", .epsilon),
  ]

  package var slots: Int { 1 }
  package var squares: Set<Int> { [0] }

  package func foresee(_ reach: inout Reach) {
    let way = rate * reach.rateFactor * reach.gradient
    let squares = reach.slots.x + reach.gradient * reach.gradient
    reach.foresee(step: max(way, way / epsilon), slots: SIMD4(squares, 0, 0, 0))
  }

  package func step(_ move: Move) {
    elbo_root_mean_square(
      move.count, move.parameters, move.slot(0), move.gradient, move.scale,
      Float(rate * move.rateFactor), 1, 1, Float(epsilon))
  }
}

extension Choice<OptimizerKind> {
  /// Steps scaled by the root of the sum of all squared gradients.
  public static func adagrad(rate: Double = 0.01, epsilon: Double = 1e-10) -> Self {
    var module = AdaGrad()
    module.rate = rate
    module.epsilon = epsilon
    return Choice(module) { $0 }
  }
}
