import JSON
import Layers
import Tensors

/// One stack with its own memory, run as the only shard of a batch.
///
/// Before every pass all memory that the stack must write, padding included, is set to NaN, so that
/// entries that are not overwritten show. There are margins between the blocks, so that writes
/// outside them show too.
package final class Passage {
  package let stack: Stack
  package let parameters: Parameters
  package let state: Parameters

  package init(_ layers: [LayerChoice], input: Shape, needed: Int? = nil) throws(Fault) {
    stack = try Stack(layers, input: input, name: "stack", needed: needed)
    parameters = try Parameters(stack.parameters)
    state = try Parameters(stack.state)
    parameters.initialize(seed: 1)
    state.initialize(seed: 1)
  }

  package convenience init(_ text: String, input: Shape) throws(Fault) {
    try self.init([try LayerChoice(json: JSON(parsing: text))], input: input)
  }

  /// The keys of the random numbers.
  package struct Keys {
    package var names: [UInt32]
    package var update: UInt32
    package var seed: Int

    package init(names: [UInt32], update: UInt32 = 1, seed: Int = 1) {
      (self.names, self.update, self.seed) = (names, update, seed)
    }
  }

  package struct Result: Sendable, Equatable {
    package var output: [Float]
    package var inputGradient: [Float] = []
    package var gradients: [[Float]] = []
    /// Writes outside the blocks, or into blocks of others.
    package var trespasses: [String] = []
  }

  /// Runs rows forward and, with a cotangent, backward for the loss sum(output * cotangent).
  /// `start` is the initial value of the gradients, which are then added to. Outside training only
  /// the input has a gradient. Throws `memory`.
  package func run(
    _ input: [Float], cotangent: [Float]? = nil, isTraining: Bool = true, start: Float? = nil,
    keys: Keys? = nil, absorbs: Bool = false
  ) throws(Fault) -> Result {
    let rows = input.count / stack.input.count
    var layout = Arena.Layout(margin: Self.margin)
    let xPlace = layout.block(rows: rows, columns: stack.input.count)
    let dxPlace = layout.block(rows: rows, columns: stack.input.count)
    let stackLayout = StackBuffers.Layout(
      stack, rows: rows, isTraining: isTraining, hasGradients: cotangent != nil, in: &layout)
    let arena = try Arena(layout)
    arena.poison()
    let (x, dx) = (arena.block(xPlace), arena.block(dxPlace))
    load(input, into: x)
    let buffers = try StackBuffers(stack, stackLayout, in: arena)
    buffers.setInput(x)
    let gradients = try Parameters(stack.parameters, margin: Self.margin)
    gradients.arena.poison()
    if let start {
      for (index, spec) in stack.parameters.enumerated() {
        gradients.assign(
          Tensor(spec.shape, [Float](repeating: start, count: spec.shape.count)), to: index)
      }
    }
    let before = [parameters, state].map { Array($0.all) }
    func trespasses() -> [String] {
      var words: [String] = []
      if !arena.marginsHold { words.append("numbers beside the blocks were written") }
      if !gradients.arena.marginsHold { words.append("numbers beside the gradients were written") }
      if values(x) != input { words.append("the input was written") }
      if [parameters, state].map({ Array($0.all) }) != before {
        words.append("parameters were written")
      }
      return words
    }
    let totals = UnsafeMutablePointer<Double>.allocate(capacity: max(1, stack.sumCount))
    totals.initialize(repeating: .nan, count: max(1, stack.sumCount))
    defer { totals.deallocate() }
    let keys = keys ?? Keys(names: (0..<UInt32(rows)).map { $0 })
    return keys.names.withUnsafeBufferPointer { names in
      var shard = Shard(
        names: names.baseAddress.unsafelyUnwrapped, rows: rows, update: keys.update,
        seed: keys.seed)
      shard.accumulates = start != nil
      var context = StackBuffers.Context(
        shard, parameters: parameters.blocks, gradients: gradients.blocks, state: state.blocks,
        purpose: .encoderLayers)
      context.totals = isTraining ? UnsafePointer(totals) : nil
      func meet(_ seam: StackBuffers.Seam) {
        for index in seam.range { totals[index] = buffers.sums[index] }
      }
      var seam = buffers.forward(context)
      while let cut = seam {
        meet(cut)
        seam = buffers.forward(context, from: cut)
      }
      if absorbs { buffers.absorb(context) }
      var result = Result(output: values(buffers.output(rows)))
      guard let cotangent else {
        result.trespasses = trespasses()
        return result
      }
      load(cotangent, into: buffers.outputGradient(rows))
      seam = buffers.backward(context, into: dx)
      while let cut = seam {
        meet(cut)
        seam = buffers.backward(context, into: dx, from: cut)
      }
      result.inputGradient = values(dx)
      result.gradients =
        isTraining ? stack.parameters.indices.map { gradients.tensor($0).values } : []
      result.trespasses = trespasses()
      return result
    }
  }

  private static let margin = 16

  private func load(_ values: [Float], into block: Block) {
    values.withUnsafeBufferPointer { block.load($0.baseAddress.unsafelyUnwrapped) }
  }

  private func values(_ block: Block) -> [Float] {
    var values = [Float](repeating: 0, count: block.rows * block.columns)
    values.withUnsafeMutableBufferPointer { block.store($0.baseAddress.unsafelyUnwrapped) }
    return values
  }
}
