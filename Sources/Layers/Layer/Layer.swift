import Tensors

/// One differentiable function of rows, with its shapes fixed.
///
/// It works on blocks that somebody else laid out, keeps nothing between calls but what it declares
/// (`cachePerRow`), and may be called by several threads at once, each with its own rows.
public protocol Layer: Sendable {
  /// The shape of one row of the output.
  var output: Shape { get }
  /// What is trained, in the order in which `Pass` hands it out.
  var parameters: [ParameterSpec] { get }
  /// What is kept and saved but not trained: running statistics.
  var state: [ParameterSpec] { get }
  /// Numbers for each row that backward needs from forward.
  var cachePerRow: Int { get }
  /// Numbers that forward and backward work with beside the rows.
  var scratch: Int { get }
  /// The parameter whose gradient is the outer product x^T dy and nothing else, where there is one.
  /// backward leaves it to `StackBuffers.outerProduct` where `pass.defersOuterProduct`.
  var outerProduct: Int? { get }
  /// Whether backward looks at x, or at y. One that does not look at x may work in place.
  var readsInput: Bool { get }
  var readsOutput: Bool { get }

  /// Overwrites y with the layer's output for the rows of x.
  func forward(_ x: Block, into y: Block, _ pass: Pass)
  /// Overwrites dx (where it is wanted) with dy^T dy/dx, and the gradients of the parameters with
  /// theirs, or adds to them where `pass.accumulates`. In an evaluation only dx is wanted, of the
  /// function that an evaluation computes.
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
/// Such a layer cuts the pass: every shard adds up its sums, all meet, and go on with the totals.
public protocol CouplingLayer: Layer {
  /// How many sums are gathered before forward, and before backward.
  var forwardSums: Int { get }
  var backwardSums: Int { get }
  func gather(_ x: Block, into sums: UnsafeMutablePointer<Double>, _ pass: Pass)
  func gatherBackward(
    _ dy: Block, x: Block, y: Block, into sums: UnsafeMutablePointer<Double>, _ pass: Pass)
  /// Takes the totals of forward into the state, once for each update that was accepted.
  func absorb(_ totals: Totals, state: UnsafePointer<Block>)
  /// The first of its states that these totals would make other than finite; an update that has
  /// such is refused.
  func firstNotAbsorbed(_ totals: Totals) -> Int?
}

/// Sums over all rows of the batch.
public struct Totals {
  public let forward: UnsafePointer<Double>
  public let backward: UnsafePointer<Double>
  public let rows: Int
  /// The rows of the batch over those of a full one: what it weighs in running statistics.
  public let batchShare: Double
}

/// Several inputs that become one output: the end of a residual block.
public protocol Join: Sendable {
  var output: Shape { get }
  func forward(_ inputs: (Int) -> Block, count: Int, into y: Block)
  /// The part of dy that belongs to input `index`.
  func backward(_ dy: Block, input index: Int, into dx: Block)
}
