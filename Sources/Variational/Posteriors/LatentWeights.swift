/// The derivatives of the objective in the densities of z, already divided by the size of the
/// batch.
public struct LatentWeights {
  /// The weight of -log q through z, for each sample; nil if the divergence is analytic.
  public var path: UnsafePointer<Float>?
  /// The weight of -log q through the parameters of q at a fixed z (the score), for each sample;
  /// nil if the divergence is analytic.
  public var score: UnsafePointer<Float>?
  /// The weight of -KL, the same for all examples but for `rows`; 0 if the divergence is sampled.
  public var divergence: Float
  /// The factor of that weight for each example; nil if all are 1.
  public var rows: UnsafePointer<Float>?

  /// The weights of the divergence, of the path and of the score.
  public init(
    path: UnsafePointer<Float>? = nil, score: UnsafePointer<Float>? = nil, divergence: Float = 0
  ) {
    self.path = path
    self.score = score
    self.divergence = divergence
  }

  /// Returns the weight of -KL of an example.
  public func divergence(of row: Int) -> Float {
    guard let rows else { return divergence }
    return divergence * rows[row]
  }
}
