import CKernels
import Files
import JSON
import Layers
import Tensors

/// Encodes the rows that are a prior's first parameter, and passes their gradients back.
///
/// The rows are divided into parts, which threads may run at the same time. In an update all lanes
/// read the same encoded rows, and each adds to a gradient of its own.
final class EncodedInputs {
  private let model: Model
  private let arena: Arena
  let parts: [Part]
  private let names: Buffer<UInt32>
  private var seed = 0
  private var update: UInt32 = 0
  private var stop: StopFlag?
  /// The encoder's output for each row.
  let output: Block

  struct Part {
    let rows: Range<Int>
    fileprivate let buffers: StackBuffers
    /// The gradient of these rows.
    fileprivate let slope: Block
  }

  /// Throws `memory`.
  init(_ model: Model, parts: Int = 1, isTraining: Bool) throws(Fault) {
    self.model = model
    let count = model.prior.encodedInputs
    let rows = (0..<parts).map { count * $0 / parts..<count * ($0 + 1) / parts }
    var layout = Arena.Layout()
    let encoded = layout.block(rows: count, columns: model.posterior.inputs)
    let places = rows.map { rows in
      (
        stack: StackBuffers.Layout(
          model.encoder, rows: rows.count, isTraining: isTraining, in: &layout),
        slope: layout.block(
          rows: isTraining ? rows.count : 0, columns: model.encoder.input.count)
      )
    }
    let arena = try Arena(layout, for: "what the prior has encoded")
    self.arena = arena
    output = arena.block(encoded)
    names = try Buffer(Size(count), for: "the names of what the prior has encoded")
    for row in 0..<count { names.base[row] = UInt32(row) }
    let inputs = model.parameters.blocks[model.priorParameters.lowerBound]
    self.parts = try zip(rows, places).map { (rows, place) throws(Fault) in
      let buffers = try StackBuffers(model.encoder, place.stack, in: arena)
      buffers.setInput(inputs.rows(rows))
      return Part(rows: rows, buffers: buffers, slope: arena.block(place.slope))
    }
  }

  private func context(_ part: Part, _ gradients: UnsafePointer<Block>) -> StackBuffers.Context {
    var shard = Shard(
      names: names.base + part.rows.lowerBound, rows: part.rows.count, update: update, seed: seed)
    shard.accumulates = true
    shard.stop = stop
    var context = StackBuffers.Context(
      shard, parameters: model.parameters.blocks, gradients: gradients,
      state: model.state.blocks, purpose: .encodedInputLayers)
    context.defersOuterProducts = true
    return context
  }

  /// Sets the random numbers and the stop of the passes that follow.
  func begin(seed: Int, update: UInt32, stop: StopFlag? = nil) {
    (self.seed, self.update, self.stop) = (seed, update, stop)
  }

  /// Encodes the rows of one part.
  func encode(_ index: Int) {
    let part = parts[index]
    _ = part.buffers.forward(context(part, model.parameters.blocks))
    let output = output.rows(part.rows)
    output.copy(part.buffers.output(part.rows.count))
    model.posterior.outputRange?.clip(output)
  }

  func encode() { for index in parts.indices { encode(index) } }

  /// Adds to the gradients of the encoder, but for its outer products, and of the rows of one part:
  /// from `slopes`, the gradients in `output`, which are added up in order.
  func backward(_ index: Int, slopes: ArraySlice<Block>, _ gradients: UnsafePointer<Block>) {
    let part = parts[index]
    let end = part.buffers.outputGradient(part.rows.count)
    for row in 0..<end.rows { end.row(row).update(repeating: 0, count: end.columns) }
    for slope in slopes {
      for row in 0..<end.rows {
        elbo_add(end.columns, slope.row(part.rows.lowerBound + row), end.row(row))
      }
    }
    if let range = model.posterior.outputRange {
      range.mask(end, clipped: output.rows(part.rows).columns(range.columns))
    }
    _ = part.buffers.backward(context(part, gradients), into: part.slope)
    let target = gradients[model.priorParameters.lowerBound].rows(part.rows)
    for row in 0..<target.rows { elbo_add(target.columns, part.slope.row(row), target.row(row)) }
  }

  /// Adds the parts of an outer product to a piece of the gradient, after `backward`.
  func addOuterProduct(_ product: GradientPiece.Product, into gradient: Block) {
    for part in parts {
      part.buffers.outerProduct(
        product.outer, rows: product.rows, columns: product.columns,
        context(part, model.parameters.blocks), into: gradient, accumulate: true)
    }
  }
}
