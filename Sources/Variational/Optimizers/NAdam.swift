import CKernels
import Declarations
import Glibc
import JSON

/// Adam with Nesterov's momentum (Dozat, 2016), the momentum warming up as beta1 (1 - 0.96^(t
/// momentumDecay) / 2).
package struct NAdam: OptimizerModule {
  package var moments = AdamMoments(rate: 0.002)
  package var momentumDecay = 0.004

  package init() {}

  package static let type = "nadam"
  package static let summary = "Adam with Nesterov's momentum."
  package static let fields: [Field<NAdam>] =
    Field.all(of: \.moments) + [
      Field("momentumDecay", \.momentumDecay, "How fast the momentum warms up.", .factor)
    ]

  package var slots: Int { 2 }
  package var squares: Set<Int> { [1] }

  package func foresee(_ reach: inout Reach) {
    // No momentum is above beta1, so the corrections of both terms are at least 1 - beta1.
    moments.foresee(&reach, further: 1)
    reach.step /= 1 - moments.beta1
  }

  package func step(_ move: Move) {
    func momentum(_ update: Int) -> Double {
      moments.beta1 * (1 - 0.5 * pow(0.96, Double(update) * momentumDecay))
    }
    // The product of all momenta so far, which vanishes after a few hundred updates.
    var product = 1.0
    for past in 1...move.update {
      product *= momentum(past)
      if product < 1e-20 { break }
    }
    let next = momentum(move.update + 1)
    let root = moments.rate * move.rateFactor * moments.corrections(move.update).second.squareRoot()
    var step = moments.step(move)
    step.alongMean = Float(root * next / (1 - product * next))
    step.alongGradient = Float(root * (1 - momentum(move.update)) / (1 - product))
    elbo_adam_relative(
      move.count, move.parameters, move.slot(0), move.slot(1), nil, move.gradient, move.scale, &step
    )
  }
}

extension Choice<OptimizerKind> {
  /// Adam with Nesterov's momentum.
  public static func nadam(
    rate: Double = 0.002, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    momentumDecay: Double = 0.004
  ) -> Self {
    var module = NAdam()
    module.moments.rate = rate
    module.moments.beta1 = beta1
    module.moments.beta2 = beta2
    module.moments.epsilon = epsilon
    module.momentumDecay = momentumDecay
    return Choice(module) { $0 }
  }
}
