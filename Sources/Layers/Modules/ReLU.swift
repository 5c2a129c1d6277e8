import CKernels
import Declarations
import JSON

/// Rectifier: y = max(x, 0), dx = dy where y > 0, else 0.
package struct ReLU: Activation {
  package init() {}
  package static let type = "relu"
  package static let summary = "Rectifier: the larger of every number and 0."

  package func forward(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    elbo_relu(count, x, y)
  }

  package func backward(
    _ count: Int, _ y: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>
  ) { elbo_relu_backward(count, y, dy, dx) }
}

extension Choice<LayerKind> {
  /// Rectifier: the larger of every number and 0.
  public static var relu: Self { Choice(ReLU()) { $0 } }
}
