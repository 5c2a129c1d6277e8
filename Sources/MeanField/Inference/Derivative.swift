import Glibc
import JSON

/// Returns the derivative of a smooth function by central differences, extrapolated to step zero.
///
/// D(h) = (f(x + h) - f(x - h)) / 2h has an error in even powers of h, so that halving the step and
/// extrapolating (Richardson; the tableau and its stopping rule after Ridders, "Accurate
/// computation of F'(x) and F'(x) F''(x)", 1982) gains two orders with each row. The result is the
/// entry whose neighbours agree best, which balances the error of the differences against that of
/// rounding.
func derivative<Failure: Error>(
  of function: (Double) throws(Failure) -> Double, at x: Double, step: Double
) throws(Failure) -> Double {
  var row: [Double] = []
  var best = (value: 0.0, error: Double.infinity)
  var step = step
  for level in 0..<10 {
    let previous = row
    row = [(try function(x + step) - function(x - step)) / (2 * step)]
    var factor = 1.0
    for order in 0..<level {
      factor *= 4
      let value = row[order] + (row[order] - previous[order]) / (factor - 1)
      let error = max((value - row[order]).magnitude, (value - previous[order]).magnitude)
      if error <= best.error { best = (value, error) }
      row.append(value)
    }
    if level > 0, (row[level] - previous[level - 1]).magnitude > 2 * best.error { break }
    step /= 2
  }
  return best.value
}

extension Enumeration {
  /// Returns -d log Z / d beta, from values of log Z alone.
  ///
  /// The ground energy, whose part of the derivative is known, is left out of the differences. The
  /// first step follows from the deviation of the energies under p, and is limited by beta itself.
  func meanEnergy(
    _ beta: Double, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Double {
    let p = probabilities(beta)
    let excess = energies.map { $0 == .infinity ? 0 : $0 - ground }
    let mean = zip(p, excess).lazy.map { $0 * $1 }.compensatedSum
    let variance = zip(p, excess).lazy.map { $0 * ($1 - mean) * ($1 - mean) }.compensatedSum
    let range = ceiling - ground
    guard range > 0 else { return ground }
    let step = min(max(beta / 2, 1 / range), variance > 0 ? 1 / variance.squareRoot() : .infinity)
    let slope = try derivative(
      of: { (beta) throws(Fault) in
        try checkpoint()
        return logWeight(beta)
      }, at: beta, step: step)
    return ground - slope
  }
}
