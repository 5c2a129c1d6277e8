import CKernels
import Declarations
import JSON

/// Stochastic gradient descent: velocity = momentum velocity + g; p -= rate velocity, or by
/// Nesterov's rule p -= rate (g + momentum velocity).
package struct SGD: OptimizerModule {
  package var rate = 0.01
  package var momentum = 0.0
  package var nesterov = false

  package init() {}

  package static let type = "sgd"
  package static let summary = "Stochastic gradient descent, with momentum if it is given."
  package static let fields: [Field<SGD>] = [
    Field("rate", \.rate, "Step size.", required: true, .factor),
    Field(
      "momentum", \.momentum, "Share of the last step that is added to the next.",
      .from(0, to: 0.999999)),
    Field("nesterov", \.nesterov, "Whether the momentum is Nesterov's."),
  ]

  public static var variants: [SGD] {
    var heavy = SGD()
    heavy.momentum = 0.9
    var ahead = heavy
    ahead.nesterov = true
    return [SGD(), heavy, ahead]
  }

  package var slots: Int { momentum == 0 ? 0 : 1 }

  package func foresee(_ reach: inout Reach) {
    let rate = rate * reach.rateFactor
    let speed = momentum * reach.slots.x + reach.gradient
    reach.foresee(
      step: rate * (speed + reach.gradient), slots: slots == 0 ? SIMD4() : SIMD4(speed, 0, 0, 0))
  }

  package func step(_ move: Move) {
    if nesterov, slots > 0 {
      elbo_nesterov(
        move.count, move.parameters, move.slot(0), move.gradient, move.scale,
        Float(rate * move.rateFactor), Float(momentum))
    } else {
      let velocity = slots == 0 ? nil : move.slot(0)
      elbo_sgd(
        move.count, move.parameters, velocity, move.gradient, move.scale,
        Float(rate * move.rateFactor), Float(momentum))
    }
  }
}

extension Choice<OptimizerKind> {
  /// Stochastic gradient descent, with momentum if it is given.
  public static func sgd(rate: Double, momentum: Double = 0.0, nesterov: Bool = false) -> Self {
    var module = SGD()
    module.rate = rate
    module.momentum = momentum
    module.nesterov = nesterov
    return Choice(module) { $0 }
  }
}
