import CKernels
import Declarations
import JSON
import Tensors

/// y = exp(x) / sum of exp(x), over the last axis; dx = y (dy - sum of y dy).
package struct Softmax: SimpleLayerModule {
  package init() {}

  package static let type = "softmax"
  package static let summary = "exp(x) / sum of exp(x), over the last axis."
  package static let keepsShape = true
  package static let fields: [Field<Softmax>] = []

  package func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
    SoftmaxLayer(output: input, axis: input.extents.last ?? 1)
  }
}

struct SoftmaxLayer: Layer {
  let output: Shape
  /// The length of the last axis: this many numbers sum to 1.
  let axis: Int
  var readsInput: Bool { false }

  func forward(_ x: Block, into y: Block, _ pass: Pass) {
    each(x) { row, start in
      let (x, y) = (x.row(row) + start, y.row(row) + start)
      var largest = x[0]
      for i in 1..<axis { largest = max(largest, x[i]) }
      for i in 0..<axis { y[i] = x[i] - largest }
      elbo_exp(axis, y, y)
      var sum: Float = 0
      for i in 0..<axis { sum += y[i] }
      elbo_scale(axis, 1 / sum, y)
    }
  }

  func backward(_ dy: Block, x: Block, y: Block, into dx: Block?, _ pass: Pass) {
    guard let dx else { return }
    each(dy) { row, start in
      let (y, dy, dx) = (y.row(row) + start, dy.row(row) + start, dx.row(row) + start)
      var mean: Float = 0
      for i in 0..<axis { mean += y[i] * dy[i] }
      for i in 0..<axis { dx[i] = y[i] * (dy[i] - mean) }
    }
  }

  private func each(_ block: Block, _ work: (Int, Int) -> Void) {
    for row in 0..<block.rows {
      for start in stride(from: 0, to: block.columns, by: axis) { work(row, start) }
    }
  }
}

extension Choice<LayerKind> {
  /// exp(x) / sum of exp(x), over the last axis.
  public static var softmax: Self { Choice(Softmax()) { $0 } }
}
