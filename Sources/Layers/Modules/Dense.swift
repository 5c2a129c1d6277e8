import CKernels
import Declarations
import JSON
import Tensors

/// A fully connected layer: y = x W + b.
///
/// x (rows, inputs), W (inputs, units), b (units), y (rows, units). Inputs of any shape are
/// flattened. Weights begin Glorot-uniform, biases at zero.
package struct Dense: SimpleLayerModule {
  package var units: Int?

  package init() {}

  package static let type = "dense"
  package static let summary = "Fully connected: y = x W + b."
  package static var examples: [Dense] {
    var dense = Dense()
    dense.units = 5
    return [dense]
  }
  package static let fields: [Field<Dense>] = [
    Field(
      "units", \.units,
      "Width of the output; if left out in the last layer of a stack, the width needed there.",
      .from(1, to: 65_536))
  ]

  package func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
    DenseLayer(inputs: input.count, units: try Self.width(units, needed: needed))
  }

  /// Returns the given width, or else the width that the next part needs.
  static func width(_ units: Int?, needed: Int?) throws(Fault) -> Int {
    guard let units = units ?? needed else {
      throw Fault(
        .params, "expected the width of the layer, got nothing", path: "units",
        expected: "an integer from 1 to 65536", got: "nothing",
        hint: "only the last dense layer of a stack may leave it out")
    }
    return units
  }
}

struct DenseLayer: Layer {
  let inputs: Int
  let units: Int

  var output: Shape { [units] }
  var parameters: [ParameterSpec] {
    [
      ParameterSpec(
        "weight", [inputs, units], .glorotUniform(fanIn: inputs, fanOut: units), role: .weight),
      ParameterSpec("bias", [units], role: .bias),
    ]
  }
  var readsOutput: Bool { false }
  var outerProduct: Int? { 0 }
  var scratch: Int { MatrixProduct.scratch(columns: units) }

  func forward(_ x: Block, into y: Block, _ pass: Pass) {
    if let ones = pass.ones {
      return ones.multiply(pass.parameter(0), adding: pass.parameter(1), into: y)
    }
    MatrixProduct.multiply(x, pass.parameter(0), adding: pass.parameter(1), into: y)
  }

  func backward(_ dy: Block, x: Block, y: Block, into dx: Block?, _ pass: Pass) {
    if pass.isTraining { parametersBackward(dy, x: x, pass) }
    guard let dx else { return }
    MatrixProduct.multiply(dy, transposed: pass.parameter(0), scratch: pass.scratch, into: dx)
  }

  private func parametersBackward(_ dy: Block, x: Block, _ pass: Pass) {
    let sums = pass.accumulates ? 1 : 0
    elbo_sum_rows(
      dy.rows, dy.columns, dy.stride, dy.base, Int32(sums), pass.gradient(1).base)
    guard !pass.defersOuterProduct else { return }
    if let ones = pass.ones {
      ones.multiplyOuter(
        dy, columns: 0..<inputs, into: pass.gradient(0), accumulate: pass.accumulates)
    } else {
      MatrixProduct.multiplyOuter(x, dy, into: pass.gradient(0), accumulate: pass.accumulates)
    }
  }
}

extension Choice<LayerKind> {
  /// Fully connected: y = x W + b.
  public static func dense(units: Int? = nil) -> Self {
    var module = Dense()
    module.units = units
    return Choice(module) { $0 }
  }

  /// Fully connected: y = x W + b.
  public static var dense: Self { .dense() }
}
