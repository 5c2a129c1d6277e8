import Tensors

/// The arguments of a posterior or a prior besides the latents. A plain bundle of pointers, like a
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
  /// The encoder's output for the prior's inputs.
  public let encoded: Block
  /// The block to which the gradient in `encoded` is added.
  public let encodedGradient: Block

  /// Returns the parameter of this index.
  public func parameter(_ index: Int) -> Block { parameters[index] }
  /// Returns the block to which a parameter's gradient is added; nil if it is not wanted.
  public func gradient(_ index: Int) -> Block? { gradients?[index] }

  /// Returns the same with another `rowCache`, for a posterior that is built on another one.
  func with(rowCache: Block) -> LatentPass {
    LatentPass(
      parameters: parameters, gradients: gradients, isFresh: isFresh, rowCache: rowCache,
      cache: cache, scratch: scratch, encoded: encoded, encodedGradient: encodedGradient)
  }
}
