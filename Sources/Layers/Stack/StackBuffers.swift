import CKernels
import Files
import JSON
import Tensors

/// The memory of one stack for the rows of one shard, and the passes through it.
package final class StackBuffers {
  /// The places of the blocks in an arena.
  package struct Layout: Sendable {
    let rows: Int
    let isTraining: Bool
    let hasGradients: Bool
    let activations: [Arena.Place?]
    let gradients: [Arena.Place?]
    let caches: [Arena.Place]
    let scratches: [Arena.Place]
    let spare: Arena.Place

    /// Reserves room for at most `rows` rows, and for gradients in training, or if `hasGradients`
    /// is true.
    package init(
      _ stack: Stack, rows: Int, isTraining: Bool, hasGradients wanted: Bool = false,
      in layout: inout Arena.Layout
    ) {
      self.rows = rows
      self.isTraining = isTraining
      let hasGradients = isTraining || wanted
      self.hasGradients = hasGradients
      var places: [Arena.Place?] = []
      var gradients: [Arena.Place?] = []
      for (slot, width) in stack.widths.enumerated() {
        let isOwn = slot > 0 && stack.buffers[slot] == slot
        places.append(isOwn ? layout.block(rows: rows, columns: width) : nil)
      }
      let last = stack.widths.count - 1
      for (slot, width) in stack.widths.enumerated() {
        let isOwn = hasGradients && slot > 0 && stack.buffers[slot] == slot
        let sharesOutput = stack.endsInPlace && stack.buffers[last] == slot
        gradients.append(isOwn && !sharesOutput ? layout.block(rows: rows, columns: width) : nil)
      }
      activations = places
      self.gradients = gradients
      caches = stack.caches.map { layout.block(rows: $0 == 0 ? 0 : rows, columns: $0) }
      scratches = stack.scratches.map { layout.block(rows: 1, columns: $0) }
      let hasFork = hasGradients && stack.writesFirst.contains { $0.contains(false) }
      spare = layout.block(rows: hasFork ? rows : 0, columns: stack.widths.max() ?? 0)
    }
  }

  package let stack: Stack
  private let rows: Int
  private let isTraining: Bool
  private var activations: [Block]
  private var gradients: [Block]
  private let caches: [Block]
  private let scratches: [Block]
  private let spare: Block
  /// The sums of this shard's rows, node by node.
  package var sums: UnsafeMutablePointer<Double> { buffer.base }
  private let buffer: Buffer<Double>

  /// Throws `memory`.
  package init(_ stack: Stack, _ layout: Layout, in arena: Arena) throws(Fault) {
    self.stack = stack
    buffer = try Buffer(Size(stack.sumCount), for: "the sums of a shard")
    rows = layout.rows
    isTraining = layout.isTraining
    let none = arena.block(layout.spare).first(0)
    var activations: [Block] = []
    var gradients: [Block] = []
    for slot in stack.widths.indices {
      let buffer = stack.buffers[slot]
      activations.append(layout.activations[buffer].map { arena.block($0) } ?? none)
      let gradient = layout.gradients[buffer].map { arena.block($0) }
      gradients.append(gradient ?? (layout.hasGradients ? activations[slot] : none))
    }
    self.activations = activations
    self.gradients = gradients
    caches = layout.caches.map { arena.block($0) }
    scratches = layout.scratches.map { arena.block($0) }
    spare = arena.block(layout.spare)
  }

  /// The arguments of a pass besides the rows.
  package struct Context {
    package var shard: Shard
    /// The number of rows for each example, and the number of the first sample: row r * samples + s
    /// is sample firstSample + s of example r.
    package var samples = 1
    package var firstSample = 0
    package var parameters: UnsafePointer<Block>
    /// The gradients of the lane; an evaluation that runs backward leaves them undefined.
    package var gradients: UnsafePointer<Block>
    package var state: UnsafePointer<Block>
    /// Whether outer products are left to `outerProduct`, which needs the pass's rows in place.
    package var defersOuterProducts = false
    /// The purpose of the layers' random numbers: two stacks of a model draw from different
    /// streams.
    package var purpose: Purpose
    /// The sums over all shards.
    package var totals: UnsafePointer<Double>?

    package var rows: Int { shard.rows * samples }

    package init(
      _ shard: Shard, parameters: UnsafePointer<Block>, gradients: UnsafePointer<Block>,
      state: UnsafePointer<Block>, purpose: Purpose
    ) {
      self.shard = shard
      self.parameters = parameters
      self.gradients = gradients
      self.state = state
      self.purpose = purpose
    }
  }

  /// A cut in a pass: a node that waits for the totals of all shards.
  package struct Seam: Sendable, Equatable {
    package let node: Int
    /// The range of its sums.
    package let range: Range<Int>
  }

  /// Sets the block of the input rows.
  package func setInput(_ x: Block) { activations[0] = x }
  /// Returns the rows of the output. The gradient of the output is written to `outputGradient`,
  /// which may be the same block.
  package func output(_ rows: Int) -> Block { activations[activations.count - 1].first(rows) }
  package func outputGradient(_ rows: Int) -> Block { gradients[gradients.count - 1].first(rows) }

  /// Runs forward, from the beginning or from the seam at which it stopped. Returns the next seam;
  /// nil at the end, and if the shard was cancelled.
  package func forward(_ context: Context, from seam: Seam? = nil) -> Seam? {
    precondition(context.rows <= rows, "more rows than there is room for")
    for index in (seam?.node ?? 0)..<stack.nodes.count {
      if context.shard.isStopped { return nil }
      if let next = forward(index, context, from: seam) { return next }
    }
    return nil
  }

  private func forward(_ index: Int, _ context: Context, from seam: Seam?) -> Seam? {
    let node = stack.nodes[index]
    let y = activations[node.output].first(context.rows)
    switch node.work {
    case .layer(let layer):
      let x = activations[node.inputs[0]].first(context.rows)
      let pass = pass(index, context)
      if isTraining, seam?.node != index, let coupling = node.coupling {
        let (offset, count, _) = stack.sums[index]
        coupling.gather(x, into: sums + offset, pass)
        return Seam(node: index, range: offset..<offset + count)
      }
      layer.forward(x, into: y, pass)
    case .join(let join):
      join.forward(
        { activations[node.inputs[$0]].first(context.rows) }, count: node.inputs.count, into: y)
    }
    return nil
  }

  /// Runs forward in an evaluation and checks every layer's output. Returns the name of the first
  /// layer with a number that is not finite, as in "encoder.2"; nil if there is none.
  package func firstNotFinite(_ context: Context) -> String? {
    for index in stack.nodes.indices {
      _ = forward(index, context, from: nil)
      let node = stack.nodes[index]
      guard activations[node.output].first(context.rows).isFinite else { return node.name }
    }
    return nil
  }

  /// Runs backward from the gradient of the output, and returns what `forward` returns. `input`
  /// receives the gradient of the input; nil if it is not wanted.
  package func backward(_ context: Context, into input: Block?, from seam: Seam? = nil) -> Seam? {
    precondition(context.rows <= rows, "more rows than there is room for")
    for index in stride(from: seam?.node ?? stack.nodes.count - 1, through: 0, by: -1) {
      if context.shard.isStopped { return nil }
      let node = stack.nodes[index]
      let dy = gradients[node.output].first(context.rows)
      switch node.work {
      case .layer(let layer):
        let x = activations[node.inputs[0]].first(context.rows)
        let y = activations[node.output].first(context.rows)
        let pass = pass(index, context)
        if isTraining, seam?.node != index, let coupling = node.coupling {
          let (offset, forward, count) = stack.sums[index]
          coupling.gatherBackward(dy, x: x, y: y, into: sums + offset + forward, pass)
          return Seam(node: index, range: offset + forward..<offset + forward + count)
        }
        write(index, 0, context, input) { layer.backward(dy, x: x, y: y, into: $0, pass) }
      case .join(let join):
        for position in node.inputs.indices {
          write(index, position, context, input) { dx in
            if let dx { join.backward(dy, input: position, into: dx) }
          }
        }
      }
    }
    return nil
  }

  /// Calls `work` with the block for the gradient of a node's input: its own if the node is the
  /// first to write that gradient, otherwise the spare block, which is then added to it.
  private func write(
    _ index: Int, _ position: Int, _ context: Context, _ input: Block?, _ work: (Block?) -> Void
  ) {
    let slot = stack.nodes[index].inputs[position]
    let target = slot == 0 ? input : gradients[slot].first(context.rows)
    guard let target, !stack.writesFirst[index][position] else { return work(target) }
    precondition(target.span <= spare.span, "the spare block is too small for a gradient")
    let part = Block(spare.base, rows: target.rows, columns: target.columns, stride: target.stride)
    work(part)
    for row in 0..<target.rows { elbo_add(target.columns, part.row(row), target.row(row)) }
  }

  private func pass(_ index: Int, _ context: Context) -> Pass {
    let node = stack.nodes[index]
    let (offset, forward, _) = stack.sums[index]
    return Pass(
      shard: context.shard, samples: context.samples, firstSample: context.firstSample,
      parameterBlocks: context.parameters + node.firstParameter,
      gradientBlocks: context.gradients + node.firstParameter,
      stateBlocks: context.state + node.firstState, cache: caches[index].first(context.rows),
      scratch: scratches[index], takesInput: node.inputs[0] == 0, isTraining: isTraining,
      defersOuterProduct: context.defersOuterProducts,
      totals: context.totals.map {
        Totals(
          forward: $0 + offset, backward: $0 + offset + forward,
          rows: context.shard.batch * context.samples, batchShare: context.shard.batchShare)
      },
      random: Random(seed: context.shard.seed, context.purpose, layer: index))
  }

  /// Computes rows and columns of a gradient that the latest backward left out: x^T dy over its
  /// rows.
  ///
  /// The rows of finished shards are still in place, so a thread sums a piece over all of them
  /// while it has the piece in its cache, and no lane needs a gradient of its own, which would have
  /// to be added to those of the others.
  package func outerProduct(
    _ product: Stack.OuterProduct, rows: Range<Int>, columns: Range<Int>, _ context: Context,
    into gradient: Block, accumulate: Bool
  ) {
    let node = stack.nodes[product.node]
    let dy = gradients[node.output].first(context.rows).columns(columns)
    if node.inputs[0] == 0, let ones = context.shard.ones {
      ones.multiplyOuter(dy, columns: rows, into: gradient, accumulate: accumulate)
    } else {
      let x = activations[node.inputs[0]].first(context.rows)
      MatrixProduct.multiplyOuter(x.columns(rows), dy, into: gradient, accumulate: accumulate)
    }
  }

  /// Returns the rows that outer products read after a pass: inputs of nodes and gradients of their
  /// outputs, each once. Those of the stack's input are left out unless `withInput` is true.
  package func productRows(_ rows: Int, withInput: Bool) -> [Block] {
    var blocks: [Block] = []
    func add(_ block: Block) {
      if !blocks.contains(where: { $0.base == block.base }) { blocks.append(block.first(rows)) }
    }
    for product in stack.outerProducts {
      let node = stack.nodes[product.node]
      if withInput || node.inputs[0] != 0 { add(activations[node.inputs[0]]) }
      add(gradients[node.output])
    }
    return blocks
  }

  /// Updates the state of every coupling layer from the totals of an accepted update.
  package func absorb(_ context: Context) {
    for (index, node) in stack.nodes.enumerated() {
      guard let coupling = node.coupling,
        let totals = pass(index, context).totals
      else { continue }
      coupling.absorb(totals, state: context.state + node.firstState)
    }
  }

  /// Returns the first state, counted within the stack, that `absorb` would leave with a number
  /// that is not finite.
  package func firstNotAbsorbed(_ context: Context) -> Int? {
    for (index, node) in stack.nodes.enumerated() {
      guard let coupling = node.coupling, let totals = pass(index, context).totals,
        let state = coupling.firstNotAbsorbed(totals)
      else { continue }
      return node.firstState + state
    }
    return nil
  }
}
