import CKernels
import Declarations
import JSON

/// y = log(1 + exp(x)), dx = dy / (1 + exp(-x)).
package struct Softplus: Activation {
  package init() {}
  package static let type = "softplus"
  package static let summary = "log(1 + exp(x)) of every number."
  package static let derivesFromInput = true

  package func forward(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    elbo_softplus(count, x, y)
  }

  package func backward(
    _ count: Int, _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>
  ) { elbo_softplus_backward(count, x, dy, dx) }
}

extension Choice<LayerKind> {
  /// log(1 + exp(x)) of every number.
  public static var softplus: Self { Choice(Softplus()) { $0 } }
}
