import Declarations
import JSON

/// How the gradient of a bound is estimated from reparameterized samples. `reparameterized` is the
/// gradient of the reported value, and the reference for the others.
public enum GradientEstimator: String, Word {
  case reparameterized, stickTheLanding, doublyReparameterized
}

/// An objective whose gradient has several estimators.
public protocol EstimatedObjective: Objective {
  /// The estimators that it supports.
  static var estimators: [GradientEstimator] { get }
  /// The gradient estimator.
  var estimator: GradientEstimator { get set }
}

extension EstimatedObjective {
  /// Returns the same objective with another estimator.
  public func estimated(by estimator: GradientEstimator) -> Self {
    var other = self
    other.estimator = estimator
    return other
  }
}
