import CKernels
import Declarations
import JSON

/// y = x tanh(log(1 + exp(x))) (Misra, arXiv 1908.08681).
package struct Mish: Activation {
  package init() {}
  package static let type = "mish"
  package static let summary = "x tanh(log(1 + exp(x)))."
  package static let derivesFromInput = true

  package func forward(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    elbo_mish(count, x, y)
  }

  package func backward(
    _ count: Int, _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>
  ) { elbo_mish_backward(count, x, dy, dx) }
}

extension Choice<LayerKind> {
  /// x tanh(log(1 + exp(x))).
  public static var mish: Self { Choice(Mish()) { $0 } }
}
