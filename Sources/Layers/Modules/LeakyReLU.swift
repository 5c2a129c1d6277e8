import CKernels
import Declarations
import JSON

/// Leaky rectifier: y = x where x > 0, else slope x (Maas et al., 2013).
package struct LeakyReLU: Activation {
  package var slope: Float = 0.01

  package init() {}
  package static let type = "leakyRelu"
  package static let summary = "x where x > 0, else slope x."
  package static let fields: [Field<LeakyReLU>] = [
    Field("slope", \.slope, "Slope below 0.", .above(0, to: 1))
  ]

  package func forward(_ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
    elbo_leaky_relu(count, slope, x, y)
  }

  package func backward(
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
