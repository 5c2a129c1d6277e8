import CKernels
import Declarations
import JSON

/// Logistic function: y = 1 / (1 + exp(-x)), dx = dy y (1 - y).
package struct Sigmoid: Activation {
  package init() {}
  package static let type = "sigmoid"
  package static let summary = "Logistic function of every number: 1 / (1 + exp(-x))."

  package func forward(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    elbo_sigmoid(count, x, y)
  }

  package func backward(
    _ count: Int, _ y: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>
  ) { elbo_sigmoid_backward(count, y, dy, dx) }
}

extension Choice<LayerKind> {
  /// Logistic function of every number: 1 / (1 + exp(-x)).
  public static var sigmoid: Self { Choice(Sigmoid()) { $0 } }
}
