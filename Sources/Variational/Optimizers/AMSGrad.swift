import CKernels
import Declarations
import JSON

/// Adam with the greatest mean square so far in place of the latest (Reddi et al., 2018).
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
