/// One stretch of the parameters during an update.
public struct Move {
  /// The number of the update, counted from 1.
  public let update: Int
  /// The schedule's factor of the optimizer's rate.
  public let rateFactor: Double
  public let count: Int
  public let parameters: UnsafeMutablePointer<Float>
  /// `scale` times this is the gradient of the minimised function.
  public let gradient: UnsafePointer<Float>
  /// The factor of the gradient.
  public let scale: Float
  /// The optimizer's slots for all parameters, and the index of this stretch in them. Pointers and
  /// not a closure, because a closure would be allocated for every update.
  let slots: UnsafePointer<UnsafeMutablePointer<Float>>
  let start: Int

  /// Returns the optimizer's numbers for these parameters.
  public func slot(_ index: Int) -> UnsafeMutablePointer<Float> { slots[index] + start }
}
