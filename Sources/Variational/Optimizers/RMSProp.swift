import CKernels
import Declarations
import JSON

/// Steps scaled by the root of a running mean of squared gradients (Tieleman and Hinton, 2012).
package struct RMSProp: OptimizerModule {
  package var rate = 0.01
  package var decay = 0.99
  package var epsilon = 1e-8

  package init() {}

  package static let type = "rmsprop"
  package static let summary = "Steps scaled by the root of a running mean of squared gradients."
  package static let fields: [Field<RMSProp>] = [
    Field("rate", \.rate, "Step size.", .factor),
    Field("decay", \.decay, "Decay of the mean square.", .from(0, to: 0.999999)),
    Field("epsilon", \.epsilon, "Constant added to the root of the mean square.", .epsilon),
  ]

  package var slots: Int { 1 }
  package var squares: Set<Int> { [0] }

  package func foresee(_ reach: inout Reach) {
    let way = rate * reach.rateFactor * reach.gradient
    let squares = max(reach.slots.x, reach.gradient * reach.gradient)
    reach.foresee(step: max(way, way / epsilon), slots: SIMD4(squares, 0, 0, 0))
  }

  package func step(_ move: Move) {
    elbo_root_mean_square(
      move.count, move.parameters, move.slot(0), move.gradient, move.scale,
      Float(rate * move.rateFactor), Float(decay), Float(1 - decay),
      Float(epsilon))
  }
}

extension Choice<OptimizerKind> {
  /// Steps scaled by the root of a running mean of squared gradients.
  public static func rmsprop(rate: Double = 0.01, decay: Double = 0.99, epsilon: Double = 1e-8)
    -> Self
  {
    var module = RMSProp()
    module.rate = rate
    module.decay = decay
    module.epsilon = epsilon
    return Choice(module) { $0 }
  }
}
