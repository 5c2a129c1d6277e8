import CKernels
import Declarations
import JSON

/// y = x / (1 + |x|), dx = dy / (1 + |x|)^2.
package struct Softsign: Activation {
  package init() {}
  package static let type = "softsign"
  package static let summary = "x / (1 + |x|) of every number."
  package static let derivesFromInput = true

  package func forward(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    elbo_softsign(count, x, y)
  }

  package func backward(
    _ count: Int, _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>
  ) { elbo_softsign_backward(count, x, dy, dx) }
}

extension Choice<LayerKind> {
  /// x / (1 + |x|) of every number.
  public static var softsign: Self { Choice(Softsign()) { $0 } }
}
