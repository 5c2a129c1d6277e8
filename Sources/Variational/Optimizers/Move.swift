/// Some of the parameters on their way from one update to the next.
public struct Move {
  /// Counts from 1.
  public let update: Int
  /// What a schedule multiplies the optimizer's rate by.
  public let rateFactor: Double
  public let count: Int
  public let parameters: UnsafeMutablePointer<Float>
  /// `scale` times this is the gradient of what is minimised.
  public let gradient: UnsafePointer<Float>
  public let scale: Float
  /// What the optimizer keeps for all parameters, and where these begin. Pointers and not a
  /// closure: a closure would be allocated anew for every update.
  let slots: UnsafePointer<UnsafeMutablePointer<Float>>
  let start: Int

  /// The numbers that the optimizer keeps for these parameters.
  public func slot(_ index: Int) -> UnsafeMutablePointer<Float> { slots[index] + start }
}
