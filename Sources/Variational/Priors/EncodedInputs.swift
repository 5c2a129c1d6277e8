import CKernels
import Files
import JSON
import Layers
import Tensors

/// Encodes the rows that are a prior's first parameter, and passes their gradients back.
final class EncodedInputs {
  private let model: Model
  private let arena: Arena
  private let buffers: StackBuffers
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
    let stack = StackBuffers.Layout(
      model.encoder, rows: count, isTraining: isTraining, in: &layout)
    arena = try Arena(layout, for: "what the prior has encoded")
    slope = arena.block(places[0])
    gradient = arena.block(places[1])
    buffers = try StackBuffers(model.encoder, stack, in: arena)
    buffer = try Buffer(Size(count), for: "the names of what the prior has encoded")
    names = buffer.base
    for row in 0..<count { (names + row).initialize(to: UInt32(row)) }
    buffers.setInput(model.parameters.blocks[model.priorParameters.lowerBound])
  }

  /// The encoder's output for each row.
  var output: Block { buffers.output(count) }

  private func context(_ gradients: UnsafePointer<Block>) -> StackBuffers.Context {
    var shard = Shard(names: names, rows: count, update: update, seed: seed)
    shard.accumulates = true
    return StackBuffers.Context(
      shard, parameters: model.parameters.blocks, gradients: gradients,
      state: model.state.blocks, purpose: .encodedInputLayers)
  }

  func encode(seed: Int, update: UInt32) {
    (self.seed, self.update) = (seed, update)
    _ = buffers.forward(context(model.parameters.blocks))
    model.posterior.outputRange?.clip(output)
    gradient.base.update(repeating: 0, count: gradient.span)
  }

  /// Adds to the gradients of the encoder and of the inputs. Overwrites the encoded rows.
  func backward(_ gradients: UnsafePointer<Block>) {
    if let range = model.posterior.outputRange {
      range.mask(gradient, clipped: output.columns(range.columns))
    }
    let end = buffers.outputGradient(count)
    end.copy(gradient)
    _ = buffers.backward(context(gradients), into: slope)
    let target = gradients[model.priorParameters.lowerBound]
    for row in 0..<count { elbo_add(slope.columns, slope.row(row), target.row(row)) }
  }
}
