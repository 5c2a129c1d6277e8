import CKernels
import Glibc
import JSON

/// Adam by the largest gradient instead of the mean square (Kingma and Ba, arXiv 1412.6980, algorithm 2):
/// u = max(beta2 u, |g| + epsilon); p -= rate m / u.
public struct AdaMax: OptimizerModule {
  public var moments = AdamMoments(rate: 0.002)

  public init() {}

  public static let type = "adamax"
  public static let summary = "Adam by the largest gradient instead of the mean square."
  public static let fields: [Field<AdaMax>] = Field.all(of: \.moments)

  public var slots: Int { 2 }

  public func step(
    update: Int, count: Int, parameters: UnsafeMutablePointer<Float>,
    gradient: UnsafePointer<Float>, scale: Float, slot: (Int) -> UnsafeMutablePointer<Float>
  ) {
    let step = moments.step(update)
    let first = moments.corrections(update).first
    elbo_adamax(
      count, parameters, slot(0), slot(1), gradient, scale, Float(moments.rate / first), step.beta1,
      step.beta2, Float(moments.epsilon))
  }
}
