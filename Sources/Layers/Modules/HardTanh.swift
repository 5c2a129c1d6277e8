import CKernels
import Declarations
import JSON

/// Piecewise linear: y = x within [-1, 1], else the nearer end.
package struct HardTanh: Activation {
  package init() {}
  package static let type = "hardTanh"
  package static let summary = "x within [-1, 1], else the nearer end."

  package func forward(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    elbo_hard_tanh(count, x, y)
  }

  package func backward(
    _ count: Int, _ y: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>
  ) { elbo_hard_tanh_backward(count, y, dy, dx) }
}

extension Choice<LayerKind> {
  /// x within [-1, 1], else the nearer end.
  public static var hardTanh: Self { Choice(HardTanh()) { $0 } }
}
