import CKernels
import Declarations
import JSON

/// Hyperbolic tangent: y = tanh(x), dx = dy (1 - y^2).
package struct Tanh: Activation {
  package init() {}
  package static let type = "tanh"
  package static let summary = "Hyperbolic tangent of every number."

  package func forward(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    elbo_tanh(count, x, y)
  }

  package func backward(
    _ count: Int, _ y: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>
  ) { elbo_tanh_backward(count, y, dy, dx) }
}

extension Choice<LayerKind> {
  /// Hyperbolic tangent of every number.
  public static var tanh: Self { Choice(Tanh()) { $0 } }
}
