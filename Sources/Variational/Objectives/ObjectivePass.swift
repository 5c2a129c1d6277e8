import Layers
import Tensors

/// What an objective knows of the pass beside the terms of its shard.
public struct ObjectivePass {
  /// The examples.
  public var shard: Shard
  /// Whether the divergence is the analytic one.
  public var isAnalytic: Bool
  /// Examples that the data have, of which the batch is a sample.
  public var population: Int
  /// Everyone's latents, where the objective has meetings.
  public var latents: LatentBatch?

  /// The shard's examples, by their places in the batch.
  public var rows: Range<Int> { shard.places }
  /// Examples that the mean is over.
  public var batch: Int { shard.batch }
  /// Counts from 1.
  public var update: Int { Int(shard.update) }
  /// Whether the update was given up: loops over the whole batch look, and what they would have
  /// computed is not read.
  public var isStopped: Bool { shard.isStopped }
}
