import CKernels
import Declarations
import JSON

/// Rectifier: y = max(x, 0), dx = dy where y > 0, else 0.
public struct ReLU: Activation {
  public init() {}
  public static let type = "relu"
  public static let summary = "Rectifier: the larger of every number and 0."

  public func forward(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    elbo_relu(count, x, y)
  }

  public func backward(
    _ count: Int, _ y: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>
  ) { elbo_relu_backward(count, y, dy, dx) }
}

extension Choice<LayerKind> {
  /// Rectifier: the larger of every number and 0.
  public static var relu: Self { Choice(ReLU()) { $0 } }
}
