import CKernels
import Declarations
import JSON

/// Scaled exponential linear unit: y = 1.0507 x where x > 0, else 1.0507 * 1.6733 (exp(x) - 1)
/// (Klambauer et al., arXiv 1706.02515).
package struct SELU: Activation {
  package init() {}
  package static let type = "selu"
  package static let summary =
    "Exponential linear unit scaled so that mean 0 and variance 1 are preserved."

  package func forward(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    elbo_selu(count, x, y)
  }

  package func backward(
    _ count: Int, _ y: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>
  ) { elbo_selu_backward(count, y, dy, dx) }
}

extension Choice<LayerKind> {
  /// Exponential linear unit, scaled so that mean 0 and variance 1 are preserved.
  public static var selu: Self { Choice(SELU()) { $0 } }
}
