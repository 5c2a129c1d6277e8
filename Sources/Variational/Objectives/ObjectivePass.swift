import Layers
import Tensors

/// The context of an objective, besides the terms of its shard.
public struct ObjectivePass {
  /// The shard of examples.
  public var shard: Shard
  /// Whether the divergence is the analytic one.
  public var isAnalytic: Bool
  /// The number of examples that the batch is drawn from.
  public var population: Int
  /// The latents of the batch, if the objective compares examples.
  public var latents: LatentBatch?

  /// The shard's examples, by their places in the batch.
  public var rows: Range<Int> { shard.places }
  /// The number of examples in the batch, over which the mean is taken.
  public var batch: Int { shard.batch }
  /// The number of the update, counted from 1.
  public var update: Int { Int(shard.update) }
  /// Whether the update was cancelled: loops over the whole batch check it and end, and their
  /// results are not read.
  public var isStopped: Bool { shard.isStopped }
}
