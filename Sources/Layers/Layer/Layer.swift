import Tensors

/// A differentiable function of rows, with fixed shapes.
///
/// It works on blocks that the caller laid out and keeps nothing between calls except what it
/// declares (`cachePerRow`). Several threads may call it at once, each with its own rows.
public protocol Layer: Sendable {
  /// The shape of one row of the output.
  var output: Shape { get }
  /// The trained parameters, in the order of the indices of `Pass`.
  var parameters: [ParameterSpec] { get }
  /// Arrays that are kept and saved but not trained: running statistics.
  var state: [ParameterSpec] { get }
  /// The number of values that forward keeps for backward for each row.
  var cachePerRow: Int { get }
  /// The number of scratch values of forward and backward, besides those of each row.
  var scratch: Int { get }
  /// The parameter whose gradient is just the outer product x^T dy, if there is one. backward
  /// leaves it to `StackBuffers.outerProduct` if `pass.defersOuterProduct` is true.
  var outerProduct: Int? { get }
  /// Whether backward reads x. A layer that does not may work in place.
  var readsInput: Bool { get }
  /// Whether backward reads y.
  var readsOutput: Bool { get }

  /// Overwrites y with the layer's output for the rows of x.
  func forward(_ x: Block, into y: Block, _ pass: Pass)
  /// Overwrites dx (unless nil) with dy^T dy/dx, and the gradients of the parameters with theirs,
  /// or adds to them if `pass.accumulates` is true. In an evaluation only dx is computed: the
  /// gradient of the function that an evaluation computes.
  func backward(_ dy: Block, x: Block, y: Block, into dx: Block?, _ pass: Pass)
}

extension Layer {
  public var parameters: [ParameterSpec] { [] }
  public var state: [ParameterSpec] { [] }
  public var cachePerRow: Int { 0 }
  public var scratch: Int { 0 }
  public var outerProduct: Int? { nil }
  public var readsInput: Bool { true }
  public var readsOutput: Bool { true }
}

/// A layer whose output for a row depends on the other rows of the batch, as in batch
/// normalisation.
///
/// Such a layer divides the pass: every shard computes its sums, all shards meet, and continue with
/// the totals.
public protocol CouplingLayer: Layer {
  /// The number of sums that `gather` writes, before forward.
  var forwardSums: Int { get }
  /// The number of sums that `gatherBackward` writes, before backward.
  var backwardSums: Int { get }
  /// Writes the sums over this shard's rows that forward needs from all shards.
  func gather(_ x: Block, into sums: UnsafeMutablePointer<Double>, _ pass: Pass)
  /// Writes the sums over this shard's rows that backward needs from all shards.
  func gatherBackward(
    _ dy: Block, x: Block, y: Block, into sums: UnsafeMutablePointer<Double>, _ pass: Pass)
  /// Updates the state from the totals of forward, once for each accepted update.
  func absorb(_ totals: Totals, state: UnsafePointer<Block>)
  /// Returns the first state that these totals would make infinite or NaN; such an update is
  /// refused.
  func firstNotAbsorbed(_ totals: Totals) -> Int?
}

/// Sums over all rows of the batch.
public struct Totals {
  /// The sums that `gather` wrote, added up over the shards.
  public let forward: UnsafePointer<Double>
  /// The sums that `gatherBackward` wrote, added up over the shards.
  public let backward: UnsafePointer<Double>
  /// The rows of the batch.
  public let rows: Int
  /// The batch's number of rows divided by that of a full batch: its weight in running statistics.
  public let batchShare: Double
}

/// Combines several inputs into one output, as at the end of a residual block.
public protocol Join: Sendable {
  /// The shape of one row of the output.
  var output: Shape { get }
  /// Joins `count` inputs into y.
  func forward(_ inputs: (Int) -> Block, count: Int, into y: Block)
  /// Writes the part of dy that belongs to input `index`.
  func backward(_ dy: Block, input index: Int, into dx: Block)
}
