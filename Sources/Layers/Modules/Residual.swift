import CKernels
import Declarations
import JSON
import Tensors

/// A residual block: y = x + f(x), where f is the inner stack (He et al., 2016).
///
/// The inner stack must end in the shape of its input.
package struct Residual: LayerModule {
  package var layers: [LayerChoice] = []

  package init() {}

  package static let type = "residual"
  package static let summary = "The input plus the output of the layers inside: y = x + f(x)."
  package static let keepsShape = true
  package static var examples: [Residual] {
    var dense = Dense()
    dense.units = 6
    var block = Residual()
    block.layers = [LayerChoice(dense) { $0 }, LayerChoice(Tanh()) { $0 }]
    return [block]
  }
  package static let fields: [Field<Residual>] = [
    Field("layers", \.layers, "The layers inside.", required: true)
  ]

  package func wire(_ input: Slot, into graph: inout Graph) throws(Fault) -> Slot {
    let shape = graph.shape(of: input)
    guard !layers.isEmpty else {
      throw Fault(
        .params, "expected at least one layer, got none", path: "layers",
        expected: "at least one layer", got: "[]")
    }
    let end = try within("layers") { () throws(Fault) in
      try graph.wire(layers, behind: input, name: "layers", needed: shape.count)
    }
    let ending = graph.shape(of: end)
    guard ending.count == shape.count else {
      throw Fault(
        .shape, "the layers inside a residual block begin with \(shape) and end in \(ending)",
        path: "layers", expected: "\(shape.count) values", got: "\(ending.count) values",
        hint: "give the last layer inside \(shape.count) units")
    }
    return try graph.append(Sum(output: shape), [input, end])
  }
}

/// y = sum of the inputs.
struct Sum: Join {
  let output: Shape

  func forward(_ inputs: (Int) -> Block, count: Int, into y: Block) {
    for row in 0..<y.rows {
      y.row(row).update(from: inputs(0).row(row), count: y.columns)
      for index in 1..<count { elbo_add(y.columns, inputs(index).row(row), y.row(row)) }
    }
  }

  func backward(_ dy: Block, input index: Int, into dx: Block) {
    dx.copy(dy)
  }
}

extension Choice<LayerKind> {
  /// The input plus the output of the layers inside: y = x + f(x).
  public static func residual(layers: [LayerChoice]) -> Self {
    var module = Residual()
    module.layers = layers
    return Choice(module) { $0 }
  }
}
