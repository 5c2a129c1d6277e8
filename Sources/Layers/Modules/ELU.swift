import CKernels
import Declarations
import JSON

/// Exponential linear unit: y = x where x > 0, else exp(x) - 1 (Clevert et al., arXiv 1511.07289).
package struct ELU: Activation {
  package init() {}
  package static let type = "elu"
  package static let summary = "x where x > 0, else exp(x) - 1."

  package func forward(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    elbo_elu(count, x, y)
  }

  package func backward(
    _ count: Int, _ y: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>
  ) { elbo_elu_backward(count, y, dy, dx) }
}

extension Choice<LayerKind> {
  /// x where x > 0, else exp(x) - 1.
  public static var elu: Self { Choice(ELU()) { $0 } }
}
