import CKernels
import Declarations
import JSON

/// Leaky rectifier: y = x where x > 0, else slope x (Maas et al., 2013).
public struct LeakyReLU: Activation {
  public var slope: Float = 0.01

  public init() {}
  public static let type = "leakyRelu"
  public static let summary = "x where x > 0, else slope x."
  public static let fields: [Field<LeakyReLU>] = [
    Field("slope", \.slope, "Slope below 0.", .above(0, to: 1))
  ]

  public func forward(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    elbo_leaky_relu(count, slope, x, y)
  }

  public func backward(
    _ count: Int, _ y: UnsafePointer<Float>, _ dy: UnsafePointer<Float>,
    _ dx: UnsafeMutablePointer<Float>
  ) { elbo_leaky_relu_backward(count, slope, y, dy, dx) }
}

extension Choice<LayerKind> {
  /// x where x > 0, else slope x.
  public static func leakyRelu(slope: Float = 0.01) -> Self {
    var module = LeakyReLU()
    module.slope = slope
    return Choice(module) { $0 }
  }
}
