import CKernels
import Declarations
import JSON
import Tensors

/// A fully connected layer: y = x W + b.
///
/// x (rows, inputs), W (inputs, units), b (units), y (rows, units). Inputs of any shape are
/// flattened. W and b begin as `initialization` says, or Glorot-uniform and at 0.
package struct Dense: SimpleLayerModule {
  package var units: Int?
  package var initialization: Initialization?

  package init() {}

  package static let type = "dense"
  package static let summary = "Fully connected: y = x W + b."
  package static var examples: [Dense] {
    var dense = Dense()
    dense.units = 5
    var wide = dense
    wide.initialization = .fanIn
    return [dense, wide]
  }
  package static let fields: [Field<Dense>] = [
    Field(
      "units", \.units,
      "Width of the output; if left out in the last layer of a stack, the width needed there.",
      .from(1, to: 65_536)),
    Field(
      "initialization", \.initialization,
      "First weights: \"glorot\", uniform on ±√(6 / (inputs + units)) and biases 0, if left out; \"fanIn\", weights and biases uniform on ±1/√inputs."
    ),
  ]

  package func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
    DenseLayer(
      inputs: input.count, units: try Self.width(units, needed: needed),
      initialization: initialization ?? .glorot)
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
  let initialization: Initialization

  var output: Shape { [units] }
  var parameters: [ParameterSpec] {
    [
      ParameterSpec(
        "weight", [inputs, units], initialization.weight(inputs: inputs, units: units),
        role: .weight),
      ParameterSpec("bias", [units], initialization.bias(inputs: inputs), role: .bias),
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
  /// Fully connected: y = x W + b; Glorot-uniform if no initialization is given.
  public static func dense(units: Int? = nil, initialization: Initialization? = nil) -> Self {
    var module = Dense()
    (module.units, module.initialization) = (units, initialization)
    return Choice(module) { $0 }
  }

  /// Fully connected: y = x W + b.
  public static var dense: Self { .dense() }
}
