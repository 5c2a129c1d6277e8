import CKernels
import JSON

/// Adam with the greatest mean square so far in place of the latest (Reddi et al., 2018).
public struct AMSGrad: OptimizerModule {
  public var moments = AdamMoments()

  public init() {}

  public static let type = "amsgrad"
  public static let summary = "Adam with the greatest mean square so far in place of the latest."
  public static let fields: [Field<AMSGrad>] = Field.all(of: \.moments)

  public var slots: Int { 3 }

  public func step(
    update: Int, count: Int, parameters: UnsafeMutablePointer<Float>,
    gradient: UnsafePointer<Float>, scale: Float, slot: (Int) -> UnsafeMutablePointer<Float>
  ) {
    var step = moments.step(update)
    elbo_adam_relative(
      count, parameters, slot(0), slot(1), slot(2), gradient, scale, &step)
  }
}
