import JSON
import Layers

/// How far an update reaches, known before it is made: bounds in float64 on what float32 will hold.
///
/// Where a step is less than half of what the greatest float32 numbers lie apart, it leaves any
/// finite parameter finite, and there is nothing to look at afterwards. Other steps are tried on a
/// copy.
public struct Reach {
  /// Counts from 1.
  public let update: Int
  /// What a schedule multiplies the optimizer's rate by.
  public let rateFactor: Double
  /// The greatest magnitude of the gradient of what is minimised.
  public let gradient: Double
  /// The greatest magnitude in each slot: before the update, and after it once an optimizer has
  /// said so.
  public var slots: SIMD4<Double>
  /// The greatest change of a parameter, and whatever is computed on the way there; infinite until
  /// an optimizer says less.
  public var step = Double.infinity

  init(update: Int, rateFactor: Double, gradient: Double, slots: SIMD4<Double>) {
    self.update = update
    self.rateFactor = rateFactor
    self.gradient = gradient
    self.slots = slots
  }

  /// Whether every number stays finite. Numbers that are NaN say no.
  var isSafe: Bool {
    // The square of the gradient is computed too.
    let hasRoom = gradient < 1e18 && step < 1e30
    return hasRoom && (0..<4).allSatisfy { slots[$0] < 1e37 }
  }

  /// Takes the bounds of an optimizer: `slots` grow a little, as each of its float32 operations
  /// rounds.
  public mutating func foresee(step: Double, slots: SIMD4<Double>) {
    self.step = step
    self.slots = slots * (1 + 0x1p-20)
  }

  /// The greatest magnitude in each store; infinite where a number is not finite.
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
