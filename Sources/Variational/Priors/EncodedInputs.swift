import CKernels
import Files
import JSON
import Layers
import Tensors

/// Encodes the rows that are a prior's first parameter, and passes their gradients back.
final class EncodedInputs {
  private let model: Model
  private let arena: Arena
  private let frame: Frame
  private let buffer: Buffer<UInt32>
  private let names: UnsafeMutablePointer<UInt32>
  private let slope: Block
  private let count: Int
  private var seed = 0
  private var update: UInt32 = 0
  /// The gradient in `output` is added to this block.
  let gradient: Block

  /// Throws `memory`.
  init(_ model: Model, isTraining: Bool) throws(Fault) {
    self.model = model
    count = model.prior.encodedInputs
    var layout = Arena.Layout()
    let places = [
      layout.block(rows: isTraining ? count : 0, columns: model.encoder.input.count),
      // The prior's backward adds to it even if only the gradient in z is wanted.
      layout.block(rows: count, columns: model.posterior.inputs),
    ]
    let frame = Frame.Layout(model.encoder, rows: count, isTraining: isTraining, in: &layout)
    arena = try Arena(layout, for: "what the prior has encoded")
    slope = arena.block(places[0])
    gradient = arena.block(places[1])
    self.frame = try Frame(model.encoder, frame, in: arena)
    buffer = try Buffer(Size(count), for: "the names of what the prior has encoded")
    names = buffer.base
    for row in 0..<count { (names + row).initialize(to: UInt32(row)) }
    self.frame.setInput(model.parameters.blocks[model.priorParameters.lowerBound])
  }

  /// The encoder's output for each row.
  var output: Block { frame.output(count) }

  private func context(_ gradients: UnsafePointer<Block>) -> Frame.Context {
    var context = Frame.Context(
      rows: count, parameters: model.parameters.blocks, gradients: gradients,
      state: model.state.blocks, draws: Draws(names: names, update: update), seed: seed,
      purpose: .encodedInputLayers)
    context.accumulates = true
    return context
  }

  func encode(seed: Int, update: UInt32) {
    (self.seed, self.update) = (seed, update)
    _ = frame.forward(context(model.parameters.blocks))
    gradient.base.update(repeating: 0, count: gradient.span)
  }

  /// Adds to the gradients of the encoder and of the inputs. Overwrites what was encoded.
  func backward(_ gradients: UnsafePointer<Block>) {
    let end = frame.outputGradient(count)
    end.copy(gradient)
    _ = frame.backward(context(gradients), into: slope)
    let target = gradients[model.priorParameters.lowerBound]
    for row in 0..<count { elbo_add(slope.columns, slope.row(row), target.row(row)) }
  }
}
