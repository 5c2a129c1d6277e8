import CKernels
import Declarations
import JSON
import Tensors

/// A fully connected layer with a gate: y = (x W + b) sigmoid(x V + c).
///
/// x (rows, inputs); weight W and gateWeight V (inputs, units), bias b and gateBias c (units).
package struct GatedDense: SimpleLayerModule {
  package var units: Int?
  package init() {}
  package static let type = "gatedDense"
  package static let summary = "Fully connected with a gate: y = (x W + b) sigmoid(x V + c)."
  package static var examples: [GatedDense] {
    var dense = GatedDense()
    dense.units = 5
    return [dense]
  }
  package static let fields: [Field<GatedDense>] = [
    Field(
      "units", \.units,
      "Width of the output; if left out in the last layer of a stack, the width needed there.",
      .from(1, to: 65_536))
  ]

  package func layer(input: Shape, needed: Int?) throws(Fault) -> any Layer {
    GatedDenseLayer(
      inputs: input.count, units: try Dense.width(units, needed: needed))
  }
}

struct GatedDenseLayer: Layer {
  let inputs: Int
  let units: Int
  // The linear part and the gate; backward turns them into their gradients.
  private let linear, gate: Carving.Segment
  let cachePerRow: Int

  init(inputs: Int, units: Int) {
    (self.inputs, self.units) = (inputs, units)
    var carving = Carving()
    linear = carving.block(1, units)
    gate = carving.block(1, units)
    cachePerRow = carving.count
  }

  var output: Shape { [units] }
  var parameters: [ParameterSpec] {
    let weight = ParameterSpec.Initial.glorotUniform(fanIn: inputs, fanOut: units)
    return [
      ParameterSpec("weight", [inputs, units], weight, role: .weight),
      ParameterSpec("bias", [units], role: .bias),
      ParameterSpec("gateWeight", [inputs, units], weight, role: .weight),
      ParameterSpec("gateBias", [units]),
    ]
  }
  var readsOutput: Bool { false }
  var scratch: Int { MatrixProduct.scratch(columns: units) }

  private func parts(_ pass: Pass) -> (linear: Block, gate: Block) {
    (linear.block(in: pass.cache), gate.block(in: pass.cache))
  }

  func forward(_ x: Block, into y: Block, _ pass: Pass) {
    let (linear, gate) = parts(pass)
    for (index, part) in [(0, linear), (2, gate)] {
      MatrixProduct.multiply(
        x, pass.parameter(index), adding: pass.parameter(index + 1), into: part)
    }
    for row in 0..<x.rows {
      elbo_sigmoid(units, gate.row(row), gate.row(row))
      elbo_multiply(units, linear.row(row), gate.row(row), y.row(row))
    }
  }

  func backward(_ dy: Block, x: Block, y: Block, into dx: Block?, _ pass: Pass) {
    let (linear, gate) = parts(pass)
    for row in 0..<dy.rows {
      let (dy, linear, gate) = (dy.row(row), linear.row(row), gate.row(row))
      for i in 0..<units {
        let (a, g) = (linear[i], gate[i])
        linear[i] = dy[i] * g
        gate[i] = dy[i] * a * g * (1 - g)
      }
    }
    for (index, part) in [(0, linear), (2, gate)] {
      if pass.isTraining {
        elbo_sum_rows(
          part.rows, part.columns, part.stride, part.base, pass.accumulates ? 1 : 0,
          pass.gradient(index + 1).base)
        MatrixProduct.multiplyOuter(
          x, part, into: pass.gradient(index), accumulate: pass.accumulates)
      }
      guard let dx else { continue }
      MatrixProduct.multiply(
        part, transposed: pass.parameter(index), scratch: pass.scratch, into: dx,
        accumulate: index > 0)
    }
  }
}

extension Choice<LayerKind> {
  /// Fully connected with a gate: y = (x W + b) sigmoid(x V + c).
  public static func gatedDense(units: Int? = nil) -> Self {
    var module = GatedDense()
    module.units = units
    return Choice(module) { $0 }
  }

  /// Fully connected with a gate: y = (x W + b) sigmoid(x V + c).
  public static var gatedDense: Self { .gatedDense() }
}
