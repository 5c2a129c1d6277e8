import Tensors

/// What a posterior or a prior is given beside the latents. A plain bundle of pointers, like a
/// layer's `Pass`.
public struct LatentPass {
  let parameters: UnsafePointer<Block>
  let gradients: UnsafePointer<Block>?
  /// Whether the parameters may have changed since the scratch was last written.
  public let isFresh: Bool
  /// `cachePerRow` numbers for each example; none for priors.
  public let rowCache: Block
  /// `cachePerDraw` numbers for each draw.
  public let cache: Block
  /// One row of `scratch` numbers, which stay until the parameters change.
  public let scratch: Block
  /// What the encoder made of the prior's inputs, and where the gradient in that is added to.
  public let encoded: Block
  public let encodedGradient: Block

  public func parameter(_ index: Int) -> Block { parameters[index] }
  /// What the gradient of a parameter is added to; nil where nobody wants it.
  public func gradient(_ index: Int) -> Block? { gradients?[index] }

  /// The same with another place for what is kept for each example: for a posterior that another is
  /// made of.
  func with(rowCache: Block) -> LatentPass {
    LatentPass(
      parameters: parameters, gradients: gradients, isFresh: isFresh, rowCache: rowCache,
      cache: cache, scratch: scratch, encoded: encoded, encodedGradient: encodedGradient)
  }
}
