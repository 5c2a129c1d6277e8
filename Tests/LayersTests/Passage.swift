import JSON
import Layers
import References
import Tensors
import Testing

/// One stack with memory of its own, run as a shard of a batch that has no others.
///
/// Before every pass all memory that the stack is to write, padding included, is NaN: what is not overwritten shows.
final class Passage {
  let stack: Stack
  let parameters: Parameters
  let state: Parameters

  init(_ layers: [LayerChoice], input: Shape, needed: Int? = nil) throws {
    stack = try Stack(layers, input: input, name: "stack", needed: needed)
    parameters = Parameters(stack.parameters)
    state = Parameters(stack.state)
    parameters.initialize(seed: 1)
    state.initialize(seed: 1)
  }

  convenience init(_ text: String, input: Shape) throws {
    try self.init([try LayerChoice(json: JSON(parsing: text))], input: input)
  }

  /// What random numbers are keyed by.
  struct Keys {
    var names: [UInt32]
    var update: UInt32 = 1
    var seed = 1
  }

  struct Result {
    var output: [Float]
    var inputGradient: [Float] = []
    var gradients: [[Float]] = []
  }

  /// Runs rows forward and, where a cotangent is given, backward for the loss sum(output * cotangent). `start` is what
  /// stands in the gradients before; with it they are added to.
  func run(
    _ input: [Float], cotangent: [Float]? = nil, isTraining: Bool = true, start: Float? = nil,
    keys: Keys? = nil, absorbs: Bool = false
  ) -> Result {
    let rows = input.count / stack.input.count
    var layout = Arena.Layout()
    let xPlace = layout.block(rows: rows, columns: stack.input.count)
    let dxPlace = layout.block(rows: rows, columns: stack.input.count)
    let frameLayout = Frame.Layout(stack, rows: rows, isTraining: isTraining, in: &layout)
    let arena = Arena(layout)
    arena.all.update(repeating: .nan)
    let (x, dx) = (arena.block(xPlace), arena.block(dxPlace))
    load(input, into: x)
    let frame = Frame(stack, frameLayout, in: arena)
    frame.setInput(x)
    let gradients = Parameters(stack.parameters)
    gradients.all.update(repeating: start ?? .nan)
    let totals = UnsafeMutablePointer<Double>.allocate(capacity: max(1, stack.sumCount))
    totals.initialize(repeating: .nan, count: max(1, stack.sumCount))
    defer { totals.deallocate() }
    let keys = keys ?? Keys(names: (0..<UInt32(rows)).map { $0 })
    return keys.names.withUnsafeBufferPointer { names in
      var context = Frame.Context(
        rows: rows, parameters: parameters.blocks, gradients: gradients.blocks,
        state: state.blocks,
        draws: Draws(names: names.baseAddress.unsafelyUnwrapped, update: keys.update),
        seed: keys.seed, firstStream: 0)
      context.accumulates = start != nil
      context.totals = isTraining ? UnsafePointer(totals) : nil
      context.totalRows = rows
      func meet(_ seam: Frame.Seam) {
        for index in seam.range { totals[index] = frame.sums[index] }
      }
      var seam = frame.forward(context)
      while let cut = seam {
        meet(cut)
        seam = frame.forward(context, from: cut)
      }
      if absorbs { frame.absorb(context) }
      var result = Result(output: values(frame.output(rows)))
      guard let cotangent else { return result }
      load(cotangent, into: frame.outputGradient(rows))
      seam = frame.backward(context, into: dx)
      while let cut = seam {
        meet(cut)
        seam = frame.backward(context, into: dx, from: cut)
      }
      result.inputGradient = values(dx)
      result.gradients = stack.parameters.indices.map { gradients.tensor($0).values }
      return result
    }
  }

  private func load(_ values: [Float], into block: Block) {
    values.withUnsafeBufferPointer { block.load($0.baseAddress.unsafelyUnwrapped) }
  }

  private func values(_ block: Block) -> [Float] {
    var values = [Float](repeating: 0, count: block.rows * block.columns)
    values.withUnsafeMutableBufferPointer { block.store($0.baseAddress.unsafelyUnwrapped) }
    return values
  }
}

/// One example of a registered layer: what the tests over all of them run over.
struct Example: CustomTestStringConvertible, Sendable {
  let json: JSON
  var testDescription: String { json.line }

  static let all = LayerKind.registry.rows.flatMap { $0.examples.map(Example.init) }

  var choice: LayerChoice { get throws { try LayerChoice(json: json) } }

  var input: Shape { get throws { type(of: try choice.product).exampleInput } }

  func passage() throws -> Passage {
    let passage = try Passage([choice], input: input)
    // Away from where parameters begin: a scale of 1 or a bias of 0 would hide mistakes.
    for (index, spec) in passage.stack.parameters.enumerated() {
      let values = zip(numbers(spec.shape.count, seed: 40 + UInt64(index)), 0...).map {
        passage.parameters.tensor(index).values[$1] + 0.3 * $0
      }
      passage.parameters.assign(Tensor(spec.shape, values), to: index)
    }
    for (index, spec) in passage.stack.state.enumerated() {
      let values = numbers(spec.shape.count, seed: 60 + UInt64(index)).map { 1.1 + 0.5 * $0 }
      passage.state.assign(Tensor(spec.shape, values), to: index)
    }
    return passage
  }

  func rows(_ count: Int, seed: UInt64 = 5) throws -> [Float] {
    numbers(count * (try input.count), seed: seed).map { 1.5 * $0 }
  }
}
