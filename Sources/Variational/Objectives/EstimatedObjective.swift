import Declarations
import JSON

/// How the gradient of a bound is estimated from reparameterized samples: `reparameterized` is the
/// gradient of what is reported, and what the others are compared with.
public enum GradientEstimator: String, Word {
  case reparameterized, stickTheLanding, doublyReparameterized
}

/// An objective whose gradient has several estimators.
public protocol EstimatedObjective: Objective {
  /// Those that it has.
  static var estimators: [GradientEstimator] { get }
  var estimator: GradientEstimator { get set }
}

extension EstimatedObjective {
  /// The same objective with another of its estimators.
  public func estimated(by estimator: GradientEstimator) -> Self {
    var other = self
    other.estimator = estimator
    return other
  }
}
