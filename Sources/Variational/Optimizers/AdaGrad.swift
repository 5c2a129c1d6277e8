import CKernels
import Declarations
import JSON

/// Steps scaled by the root of the sum of all squared gradients (Duchi et al., 2011): p -= rate g /
/// (sqrt(sum g^2) + epsilon).
public struct AdaGrad: OptimizerModule {
  public var rate = 0.01
  public var epsilon = 1e-10

  public init() {}

  public static let type = "adagrad"
  public static let summary = "Steps scaled by the root of the sum of all squared gradients."
  public static let fields: [Field<AdaGrad>] = [
    Field("rate", \.rate, "Step size.", .factor),
    Field("epsilon", \.epsilon, "Added to the root of the sum of squares.", .epsilon),
  ]

  public var slots: Int { 1 }
  public var squares: Set<Int> { [0] }

  public func foresee(_ reach: inout Reach) {
    let way = rate * reach.rateFactor * reach.gradient
    let squares = reach.slots.x + reach.gradient * reach.gradient
    reach.foresee(step: max(way, way / epsilon), slots: SIMD4(squares, 0, 0, 0))
  }

  public func step(_ move: Move) {
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
