import Tensors

/// Some examples of a batch, with the context that every layer, posterior and objective reads.
///
/// In an evaluation a shard is a batch by itself.
public struct Shard {
  /// The examples' names in the data.
  public var names: UnsafePointer<UInt32>
  /// The number of examples.
  public var rows: Int
  /// The number of the update, which keys all noise together with the seed.
  public var update: UInt32
  /// The seed of all noise.
  public var seed: Int
  /// The place of the first example in the batch.
  public var start = 0
  /// The number of examples in the whole batch.
  public var batch: Int
  /// The number of examples in the batch divided by that of a full batch.
  public var batchShare = 1.0
  /// Whether the parameters may have changed since the buffers were last used.
  public var isFresh = true
  /// Whether gradients are added to the existing ones; the first shard of a lane overwrites.
  public var accumulates = false
  /// The ones of the encoder's input, if they are few enough for sums to beat products.
  public var ones: Ones?
  /// Raised to cancel: a pass ends at the next layer, and its results must not be read.
  public var stop: StopFlag?

  /// A shard that is the whole batch.
  public init(names: UnsafePointer<UInt32>, rows: Int, update: UInt32 = 0, seed: Int = 0) {
    self.names = names
    self.rows = rows
    self.update = update
    self.seed = seed
    batch = rows
  }

  /// The places of its examples in the batch.
  public var places: Range<Int> { start..<start + rows }
  /// Whether the shard was cancelled.
  public var isStopped: Bool { stop?.isRaised ?? false }
}
