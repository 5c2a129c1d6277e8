import CKernels
import Declarations
import JSON
import Tensors

/// Adam that waits until the variance of its step is known (Liu et al., arXiv 1908.03265, algorithm
/// 2): p -= rate r m / (sqrt(v) + epsilon), with m corrected for its start at zero, and the
/// correction of sqrt(v) contained in r.
///
/// The paper has no epsilon. Here it is added to the uncorrected root, as in PyTorch; Adam adds it
/// to the corrected one.
package struct RAdam: OptimizerModule {
  package var moments = AdamMoments()
  package var correctsEpsilon = false

  package init() {}

  package static let type = "radam"
  package static let summary = "Adam that waits until the variance of its step is known."
  package static let fields: [Field<RAdam>] =
    Field.all(of: \.moments) + [
      Field(
        "correctsEpsilon", \.correctsEpsilon,
        "Whether epsilon is added to the corrected root, as in Adam; true for trainers saved without this member."
      )
    ]

  package var slots: Int { 2 }
  package var squares: Set<Int> { [1] }

  package func foresee(_ reach: inout Reach) { moments.foresee(&reach) }

  package func step(_ move: Move) {
    let (first, second) = moments.corrections(move.update)
    let limit = 2 / (1 - moments.beta2) - 1
    let length = limit - 2 * Double(move.update) * (1 - second) / second
    var step = moments.step(move)
    if !correctsEpsilon { step.epsilon = Float(moments.epsilon) }
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

  /// Keeps the earlier rule for a trainer that was saved before the option existed.
  static func keepRule(of file: SafeTensors, in spec: inout TrainerSpec) {
    guard var optimizer = spec.optimizer.product as? RAdam, let text = file.note("trainer"),
      let saved = (try? JSON(parsing: text))?["trainer"]?["optimizer"],
      saved["correctsEpsilon"] == nil
    else { return }
    optimizer.correctsEpsilon = true
    spec.optimizer = Choice(optimizer) { $0 }
  }
}

extension Choice<OptimizerKind> {
  /// Adam that waits until the variance of its step is known.
  public static func radam(
    rate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) -> Self {
    var module = RAdam()
    module.moments.rate = rate
    module.moments.beta1 = beta1
    module.moments.beta2 = beta2
    module.moments.epsilon = epsilon
    return Choice(module) { $0 }
  }
}
