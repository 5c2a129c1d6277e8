import CKernels
import Declarations
import JSON
import Tensors

/// Dropout: in training each number is zero with probability `rate`, else divided by 1 - rate; an
/// evaluation does not change it (Srivastava et al., 2014).
package struct Dropout: SimpleLayerModule {
  package var rate: Float = 0.5

  package init() {}

  package static let type = "dropout"
  package static let summary =
    "Zero with probability rate, else x / (1 - rate), in training; x in an evaluation."
  package static let keepsShape = true
  package static let fields: [Field<Dropout>] = [
    Field("rate", \.rate, "Probability that a number is dropped.", .from(0, to: 0.99))
  ]

  package func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
    DropoutLayer(output: input, keep: 1 - rate)
  }
}

struct DropoutLayer: Layer {
  let output: Shape
  let keep: Float

  var cachePerRow: Int { output.count }
  var readsInput: Bool { false }
  var readsOutput: Bool { false }

  func forward(_ x: Block, into y: Block, _ pass: Pass) {
    guard pass.isTraining else { return copy(x, to: y) }
    let mask = pass.cache
    pass.random.uniform(
      into: mask, rows: pass.draws.names, samples: pass.draws.samples,
      firstSample: pass.draws.firstSample, update: pass.draws.update)
    let factor = 1 / keep
    for row in 0..<x.rows {
      let mask = mask.row(row)
      for column in 0..<x.columns { mask[column] = mask[column] < keep ? factor : 0 }
      elbo_multiply(x.columns, x.row(row), mask, y.row(row))
    }
  }

  func backward(_ dy: Block, x: Block, y: Block, into dx: Block?, _ pass: Pass) {
    guard let dx else { return }
    guard pass.isTraining else { return copy(dy, to: dx) }
    for row in 0..<dy.rows {
      elbo_multiply(dy.columns, dy.row(row), pass.cache.row(row), dx.row(row))
    }
  }

  private func copy(_ source: Block, to target: Block) {
    for row in 0..<source.rows where source.base != target.base {
      target.row(row).update(from: source.row(row), count: source.columns)
    }
  }
}

extension Choice<LayerKind> {
  /// In training, zero with probability rate, else x / (1 - rate); otherwise x.
  public static func dropout(rate: Float = 0.5) -> Self {
    var module = Dropout()
    module.rate = rate
    return Choice(module) { $0 }
  }

  /// In training, zero with probability rate, else x / (1 - rate); otherwise x.
  public static var dropout: Self { .dropout() }
}
