import CKernels
import Declarations
import JSON

/// Gaussian error linear unit: y = x times the standard normal distribution function of x
/// (Hendrycks and Gimpel, arXiv 1606.08415).
package struct GELU: Activation {
  package init() {}
  package static let type = "gelu"
  package static let summary = "x times the standard normal distribution function of x."
  package static let derivesFromInput = true

  package func forward(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    elbo_gelu(count, x, y)
  }

  package func backward(
    _ count: Int, _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>
  ) { elbo_gelu_backward(count, x, dy, dx) }
}

extension Choice<LayerKind> {
  /// x times the standard normal distribution function of x.
  public static var gelu: Self { Choice(GELU()) { $0 } }
}
