import CKernels
import Declarations
import JSON

/// y = x / (1 + exp(-x)), also called swish.
package struct SiLU: Activation {
  package init() {}
  package static let type = "silu"
  package static let summary = "x / (1 + exp(-x)), also called swish."
  package static let derivesFromInput = true

  package func forward(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    elbo_silu(count, x, y)
  }

  package func backward(
    _ count: Int, _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>
  ) { elbo_silu_backward(count, x, dy, dx) }
}

extension Choice<LayerKind> {
  /// x / (1 + exp(-x)), also called swish.
  public static var silu: Self { Choice(SiLU()) { $0 } }
}
