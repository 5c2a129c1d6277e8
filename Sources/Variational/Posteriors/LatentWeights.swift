/// How much the objective changes with the densities of z, already divided by the size of the
/// batch.
public struct LatentWeights {
  /// For each sample: weight of -log q by way of z, weight of -log q by way of the parameters of q
  /// at a fixed z ("score"). Nil where the divergence is analytic.
  public var path: UnsafePointer<Float>?
  public var score: UnsafePointer<Float>?
  /// Weight of -KL, the same for all examples; 0 where it is sampled.
  public var divergence: Float

  public init(
    path: UnsafePointer<Float>? = nil, score: UnsafePointer<Float>? = nil, divergence: Float = 0
  ) {
    self.path = path
    self.score = score
    self.divergence = divergence
  }
}
