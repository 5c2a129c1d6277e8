/// The best validation so far, and the number of validations since. It depends on the validations
/// alone.
package struct Standing: Sendable, Equatable {
  package private(set) var bestUpdate: Int?
  package private(set) var bestELBO = -Double.infinity
  package private(set) var since = 0

  /// Takes the next validation; returns true if it is the best so far. A validation that is not
  /// finite is ignored: it is neither the best nor counted.
  mutating func take(_ elbo: Double, at update: Int, _ rule: Stopping, warmUpEnd: Int) -> Bool {
    guard update >= warmUpEnd, elbo.isFinite else { return false }
    guard elbo > bestELBO + (bestUpdate == nil ? 0 : rule.minimumImprovement) else {
      since += 1
      return false
    }
    (bestUpdate, bestELBO, since) = (update, elbo, 0)
    return true
  }
}
