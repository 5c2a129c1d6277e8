import CKernels
import Declarations
import JSON

/// y = x / (1 + exp(-x)), also called swish.
public struct SiLU: Activation {
  public init() {}
  public static let type = "silu"
  public static let summary = "x / (1 + exp(-x)), also called swish."
  public static let derivesFromInput = true

  public func forward(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    elbo_silu(count, x, y)
  }

  public func backward(
    _ count: Int, _ x: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>
  ) { elbo_silu_backward(count, x, dy, dx) }
}

extension Choice<LayerKind> {
  /// x / (1 + exp(-x)), also called swish.
  public static var silu: Self { Choice(SiLU()) { $0 } }
}
