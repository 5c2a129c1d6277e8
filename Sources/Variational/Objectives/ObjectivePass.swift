import Tensors

/// What an objective knows of the pass beside the terms of its shard.
public struct ObjectivePass {
  /// The shard's examples, by their places in the batch.
  public var rows: Range<Int>
  /// Examples that the mean is over.
  public var batch: Int
  /// Counts from 1.
  public var update: Int
  /// Whether the divergence is the analytic one.
  public var isAnalytic: Bool
  /// Examples that the data have, of which the batch is a sample.
  public var population: Int
  /// Everyone's latents, where the objective has meetings.
  public var latents: LatentBatch?
  public var stop: StopFlag?

  /// Whether the update was given up: loops over the whole batch look, and what they would have
  /// computed is not read.
  public var isStopped: Bool { stop?.isRaised ?? false }
}
