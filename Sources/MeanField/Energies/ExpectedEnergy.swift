/// An energy, or its mean, which may be infinite: `finite + forbidden * infinity`, with 0 *
/// infinity = 0.
///
/// For a state, `forbidden` is 0 or 1; for a mean under q, it is the probability of forbidden
/// states or, for a sum of terms, the sum of these probabilities: the expected number of broken
/// rules. It is kept apart from the finite part so that coordinate ascent can leave a region where
/// the free energy is minus infinity: to first order in a penalty that grows without bound, the
/// step that breaks fewer rules wins, and the finite parts decide between equals.
package struct ExpectedEnergy: Sendable, Equatable {
  package var finite: Double
  /// Zero or more. A positive one never underflows to zero: see `product(_:_:)`.
  package var forbidden: Double

  package init(finite: Double = 0, forbidden: Double = 0) {
    self.finite = finite
    self.forbidden = forbidden
  }

  /// The energy of one state; positive infinity for a forbidden one.
  package init(_ energy: Double) {
    self = energy == .infinity ? Self(forbidden: 1) : Self(finite: energy)
  }

  /// The energy as a number.
  package var value: Double { forbidden > 0 ? .infinity : finite }

  package static func += (left: inout Self, right: Self) {
    left.finite += right.finite
    left.forbidden += right.forbidden
  }

  /// Adds `right` with a probability as its weight.
  mutating func add(_ right: Self, weight: Double) {
    finite += weight * right.finite
    forbidden += product(weight, right.forbidden)
  }
}

/// Returns a product of two masses that is zero only if one of them is.
///
/// A forbidden state of probability 2^-2000 still makes the mean energy infinite, so it must not
/// underflow.
func product(_ a: Double, _ b: Double) -> Double {
  a > 0 && b > 0 ? max(a * b, .leastNormalMagnitude) : 0
}
