import CKernels
import Declarations
import Layers
import Tensors

/// The network of a flow's layer, which computes two numbers for each output: hidden = f(x W + b +
/// context), first = hidden V + c, second = hidden V' + c', where f is elu or tanh.
///
/// With an order it is autoregressive (Germain et al., arXiv 1502.03509, section 4): there are as
/// many inputs as outputs, hidden unit k has the degree floor(k outputs / units), an input feeds
/// the units whose degree is above its rank, and a unit feeds the outputs whose rank is at least
/// its degree. So an output depends only on the inputs of lower ranks, and a unit of degree 0 only
/// on the context. x (draws, inputs), context (rows, units), W (inputs, units), V and V' (units,
/// outputs).
struct Conditioner: Sendable {
  enum Activation: Sendable { case elu, tanh }
  enum Order: Sendable { case ascending, descending }

  let activation: Activation
  let inputs: Int
  let units: Int
  let outputs: Int
  let order: Order?
  private let parts: Parts

  init(activation: Activation, inputs: Int, units: Int, outputs: Int, order: Order? = nil) {
    (self.activation, self.order) = (activation, order)
    (self.inputs, self.units, self.outputs) = (inputs, units, outputs)
    parts = Parts(inputs, units, outputs)
  }

  /// Returns the rank of a latent in the order; the map is its own inverse.
  func rank(_ latent: Int) -> Int { order == .descending ? outputs - 1 - latent : latent }

  /// Returns the hidden units that an input feeds.
  func unitsFed(by input: Int) -> Range<Int> {
    guard order != nil else { return 0..<units }
    return ((rank(input) + 1) * units + outputs - 1) / outputs..<units
  }

  /// Returns the outputs that a hidden unit feeds.
  private func outputsFed(by unit: Int) -> Range<Int> {
    let degree = unit * outputs / units
    switch order {
    case nil: return 0..<outputs
    case .ascending: return degree..<outputs
    case .descending: return 0..<outputs - degree
    }
  }

  /// Returns the hidden units that feed an output.
  func unitsFeeding(_ output: Int) -> Range<Int> {
    guard order != nil else { return 0..<units }
    return 0..<((rank(output) + 1) * units + outputs - 1) / outputs
  }

  // MARK: - Parameters

  static let parameterCount = 6

  /// Returns the parameters of layer `layer`: the names of its two outputs, and the initial bias of
  /// the first.
  func parameters(
    _ layer: Int, _ names: (first: String, second: String), bias: Float = 0,
    beginsAtZero: Bool = false
  ) -> [ParameterSpec] {
    let initial: ParameterSpec.Initial =
      beginsAtZero ? .constant(0) : .glorotUniform(fanIn: units, fanOut: outputs)
    return [
      ParameterSpec(
        "\(layer).hidden.weight", [inputs, units], .glorotUniform(fanIn: inputs, fanOut: units),
        role: .weight),
      ParameterSpec("\(layer).hidden.bias", [units], role: .bias),
      ParameterSpec("\(layer).\(names.first).weight", [units, outputs], initial, role: .weight),
      ParameterSpec("\(layer).\(names.first).bias", [outputs], .constant(bias), role: .bias),
      ParameterSpec("\(layer).\(names.second).weight", [units, outputs], initial, role: .weight),
      ParameterSpec("\(layer).\(names.second).bias", [outputs], role: .bias),
    ]
  }

  /// The parameters in the layout that the products need: masked, both outputs side by side, and
  /// transposed.
  struct Weights {
    let hidden: Block
    let hiddenTransposed: Block
    let output: Block
    let outputTransposed: Block
    let outputBias: Block
  }

  private struct Parts {
    let hidden, hiddenTransposed, output, outputTransposed, outputBias: Carving.Segment
    let count: Int

    init(_ inputs: Int, _ units: Int, _ outputs: Int) {
      var carving = Carving()
      hidden = carving.block(inputs, units)
      hiddenTransposed = carving.block(units, inputs)
      output = carving.block(units, 2 * outputs)
      outputTransposed = carving.block(2 * outputs, units)
      outputBias = carving.block(1, 2 * outputs)
      count = carving.count
    }
  }

  /// The number of floats in `weights`.
  var scratch: Int { parts.count }

  /// Lays out the weights in one row of `scratch` numbers.
  func weights(_ row: Block) -> Weights {
    Weights(
      hidden: parts.hidden.block(in: row), hiddenTransposed: parts.hiddenTransposed.block(in: row),
      output: parts.output.block(in: row), outputTransposed: parts.outputTransposed.block(in: row),
      outputBias: parts.outputBias.block(in: row))
  }

  /// Recomputes the weights from the parameters; those of this layer begin at index `first`.
  func prepare(_ weights: Weights, _ pass: LatentPass, _ first: Int) {
    for input in 0..<inputs {
      let row = weights.hidden.row(input)
      row.update(from: pass.parameter(first).row(input), count: units)
      Self.clear(row, units, besides: unitsFed(by: input))
    }
    for part in 0..<2 {
      let column = part * outputs
      for unit in 0..<units {
        let row = weights.output.row(unit) + column
        row.update(from: pass.parameter(first + 2 + 2 * part).row(unit), count: outputs)
        Self.clear(row, outputs, besides: outputsFed(by: unit))
      }
      let bias = pass.parameter(first + 3 + 2 * part)
      (weights.outputBias.base + column).update(from: bias.base, count: outputs)
    }
    weights.hidden.transpose(into: weights.hiddenTransposed)
    weights.output.transpose(into: weights.outputTransposed)
  }

  private static func clear(
    _ row: UnsafeMutablePointer<Float>, _ count: Int, besides range: Range<Int>
  ) {
    row.update(repeating: 0, count: range.lowerBound)
    (row + range.upperBound).update(repeating: 0, count: count - range.upperBound)
  }

  // MARK: - Passes

  /// Overwrites `hidden` (draws, units) and `output` (draws, 2 outputs). Each row of the context
  /// belongs to `samples` draws.
  func forward(
    _ x: Block, context: Block?, samples: Int, hidden: Block, output: Block, _ weights: Weights,
    bias: Block
  ) {
    elbo_fill_rows(hidden.rows, units, hidden.stride, bias.base, hidden.base)
    if let context {
      for draw in 0..<hidden.rows { elbo_add(units, context.row(draw / samples), hidden.row(draw)) }
    }
    MatrixProduct.multiply(x, weights.hidden, into: hidden, accumulate: true)
    switch activation {
    case .elu: elbo_elu(hidden.span, hidden.base, hidden.base)
    case .tanh: elbo_tanh(hidden.span, hidden.base, hidden.base)
    }
    MatrixProduct.multiply(hidden, weights.output, adding: weights.outputBias, into: output)
  }

  /// Overwrites `slope` (draws, units) with the gradient in the argument of f, given the gradient
  /// in the outputs, and adds to dx.
  func backward(
    _ gradient: Block, hidden: Block, into slope: Block, adding dx: Block, _ weights: Weights
  ) {
    MatrixProduct.multiply(gradient, weights.outputTransposed, into: slope)
    switch activation {
    case .elu: elbo_elu_backward(slope.span, hidden.base, slope.base, slope.base)
    case .tanh: elbo_tanh_backward(slope.span, hidden.base, slope.base, slope.base)
    }
    MatrixProduct.multiply(slope, weights.hiddenTransposed, into: dx, accumulate: true)
  }

  /// Adds to the gradients of the parameters if they are wanted. Must be called after `backward`.
  func addGradients(
    _ gradient: Block, _ x: Block, hidden: Block, slope: Block, _ pass: LatentPass, _ first: Int
  ) {
    guard let weight = pass.gradient(first), let bias = pass.gradient(first + 1) else { return }
    MatrixProduct.multiplyOuter(x, slope, into: weight, accumulate: true)
    for input in 0..<inputs { Self.clear(weight.row(input), units, besides: unitsFed(by: input)) }
    elbo_sum_rows(slope.rows, units, slope.stride, slope.base, 1, bias.base)
    for part in 0..<2 {
      guard let weight = pass.gradient(first + 2 + 2 * part),
        let bias = pass.gradient(first + 3 + 2 * part)
      else { return }
      let gradient = gradient.columns(part * outputs..<(part + 1) * outputs)
      MatrixProduct.multiplyOuter(hidden, gradient, into: weight, accumulate: true)
      for unit in 0..<units { Self.clear(weight.row(unit), outputs, besides: outputsFed(by: unit)) }
      elbo_sum_rows(gradient.rows, outputs, gradient.stride, gradient.base, 1, bias.base)
    }
  }
}
