import Tensors

/// The arguments of a layer besides its rows: the shard, and blocks. Nothing is allocated during an
/// update.
public struct Pass {
  let shard: Shard
  let samples: Int
  let firstSample: Int
  let parameterBlocks: UnsafePointer<Block>
  let gradientBlocks: UnsafePointer<Block>
  let stateBlocks: UnsafePointer<Block>
  /// `cachePerRow` numbers for each row.
  public let cache: Block
  /// One row of `scratch` numbers, which stay until the parameters change.
  public let scratch: Block
  /// Whether x is the input of the stack.
  let takesInput: Bool
  /// Whether this is a training pass; an evaluation uses running statistics and drops nothing.
  public let isTraining: Bool
  /// Whether the layer's outer product is left to `StackBuffers.outerProduct`.
  public let defersOuterProduct: Bool
  /// The sums over the batch, for a coupling layer in a training pass.
  public let totals: Totals?
  /// The layer's random numbers.
  public let random: Random

  /// The keys of the random numbers.
  public var draws: Draws {
    Draws(
      names: shard.names, samples: samples, firstSample: firstSample, update: shard.update)
  }
  /// The ones of x, if it is binary and mostly zeros.
  public var ones: Ones? { takesInput ? shard.ones : nil }
  /// Whether the parameters may have changed since the scratch was last written.
  public var isFresh: Bool { shard.isFresh }
  /// Whether gradients are added to the existing ones; the first shard of a lane overwrites.
  public var accumulates: Bool { shard.accumulates }

  /// Returns the parameter of this index in the layer's `parameters`.
  public func parameter(_ index: Int) -> Block { parameterBlocks[index] }
  /// Returns the block for the gradient of a parameter.
  public func gradient(_ index: Int) -> Block { gradientBlocks[index] }
  /// Returns the array of this index in the layer's `state`.
  public func state(_ index: Int) -> Block { stateBlocks[index] }
}

/// Which examples the rows of a pass belong to: row r * samples + s is sample firstSample + s of
/// the example names[r].
public struct Draws {
  /// The examples, by their rows in the data.
  public var names: UnsafePointer<UInt32>
  public var samples: Int
  /// The number of the first sample.
  public var firstSample: Int
  /// The update, counted from 1; 0 in an evaluation.
  public var update: UInt32

  /// The keys of these examples.
  public init(
    names: UnsafePointer<UInt32>, samples: Int = 1, firstSample: Int = 0, update: UInt32 = 0
  ) {
    self.names = names
    self.samples = samples
    self.firstSample = firstSample
    self.update = update
  }
}
