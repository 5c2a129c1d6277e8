/// One stretch of the parameters during an update.
public struct Move {
  /// Counts from 1.
  public let update: Int
  /// What a schedule multiplies the optimizer's rate by.
  public let rateFactor: Double
  public let count: Int
  public let parameters: UnsafeMutablePointer<Float>
  /// The gradient of what is minimised is `scale` times this.
  public let gradient: UnsafePointer<Float>
  /// The factor of the gradient.
  public let scale: Float
  /// The optimizer's slots for all parameters, and the index of this stretch in them. Pointers and
  /// not a closure, because a closure would be allocated for every update.
  let slots: UnsafePointer<UnsafeMutablePointer<Float>>
  let start: Int

  /// The optimizer's numbers for these parameters.
  public func slot(_ index: Int) -> UnsafeMutablePointer<Float> { slots[index] + start }
}
