import Tensors

/// What a layer is given beside its rows. A plain bundle of pointers: nothing is counted or
/// allocated during an update.
public struct Pass {
  let parameterBlocks: UnsafePointer<Block>
  let gradientBlocks: UnsafePointer<Block>
  let stateBlocks: UnsafePointer<Block>
  /// `cachePerRow` numbers for each row.
  public let cache: Block
  /// The ones of x, where it is binary and mostly zeros.
  public let ones: Ones?
  /// One row of `scratch` numbers, which stay until the parameters change.
  public let scratch: Block
  /// Whether the parameters may have changed since the scratch was last written.
  public let isFresh: Bool
  /// Whether this is a training pass; an evaluation uses running statistics and drops nothing.
  public let isTraining: Bool
  /// Whether gradients are added to what is there; the first shard of a lane overwrites.
  public let accumulates: Bool
  /// Whether the layer's outer product is left for later.
  public let defersOuterProduct: Bool
  /// Of a coupling layer in a training pass.
  public let totals: Totals?
  /// What the layer's random numbers are keyed by.
  public let draws: Draws
  public let random: Random

  public func parameter(_ index: Int) -> Block { parameterBlocks[index] }
  public func gradient(_ index: Int) -> Block { gradientBlocks[index] }
  public func state(_ index: Int) -> Block { stateBlocks[index] }
}

/// Which examples the rows of a pass belong to: row r * samples + s is sample firstSample + s of
/// the example names[r].
public struct Draws {
  public var names: UnsafePointer<UInt32>
  public var samples: Int
  public var firstSample: Int
  public var update: UInt32

  public init(
    names: UnsafePointer<UInt32>, samples: Int = 1, firstSample: Int = 0, update: UInt32 = 0
  ) {
    self.names = names
    self.samples = samples
    self.firstSample = firstSample
    self.update = update
  }
}
