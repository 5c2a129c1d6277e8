/// The values of a bound against which later ones are held, to tell when a training has run away.
///
/// With `first` the first value, `best` the largest and s = max(|first|, |best|, 1 nat), a value is
/// far below if it is less than best - 2 s, or no number.
struct ELBOReference: Equatable {
  private(set) var first: Double?
  private(set) var best = -Double.infinity

  /// Takes the next value into account; returns whether it is far below those before it.
  mutating func take(_ value: Double) -> Bool {
    guard value.isFinite else { return true }
    guard let first else {
      (first, best) = (value, value)
      return false
    }
    let isFarBelow = value < best - 2 * max(first.magnitude, best.magnitude, 1)
    best = max(best, value)
    return isFarBelow
  }
}
