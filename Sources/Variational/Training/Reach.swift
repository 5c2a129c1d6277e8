import JSON
import Layers

/// Bounds on an update before it is made, in float64, for values that float32 will hold.
///
/// A step less than half the distance between the largest float32 numbers leaves any finite
/// parameter finite, so nothing needs to be checked afterwards. Other steps are tried on a copy.
public struct Reach {
  /// Counts from 1.
  public let update: Int
  /// What a schedule multiplies the optimizer's rate by.
  public let rateFactor: Double
  /// The largest magnitude of the gradient of what is minimised.
  public let gradient: Double
  /// The largest magnitude in each slot: before the update, or after it once the optimizer has set
  /// its bounds.
  public var slots: SIMD4<Double>
  /// The largest change of a parameter, and of any intermediate result; infinite until an optimizer
  /// sets a bound.
  public var step = Double.infinity

  init(update: Int, rateFactor: Double, gradient: Double, slots: SIMD4<Double>) {
    self.update = update
    self.rateFactor = rateFactor
    self.gradient = gradient
    self.slots = slots
  }

  /// Whether every number stays finite; false for NaN.
  var isSafe: Bool {
    // The square of the gradient is computed too.
    let hasRoom = gradient < 1e18 && step < 1e30
    return hasRoom && (0..<4).allSatisfy { slots[$0] < 1e37 }
  }

  /// Sets an optimizer's bounds; `slots` grow slightly, because each of its float32 operations
  /// rounds.
  public mutating func foresee(step: Double, slots: SIMD4<Double>) {
    self.step = step
    self.slots = slots * (1 + 0x1p-20)
  }

  /// Returns the largest magnitude in each store; infinite if a number is not finite.
  static func measure(_ stores: [Parameters]) -> SIMD4<Double> {
    var slots = SIMD4<Double>()
    for (index, store) in stores.enumerated().prefix(4) {
      for spec in store.specs.indices {
        for value in store.tensor(spec).values {
          slots[index] = value.isFinite ? max(slots[index], Double(value.magnitude)) : .infinity
          if !value.isFinite { break }
        }
      }
    }
    return slots
  }
}
