import Glibc

/// Returns the natural logarithm, under a name that members called `log` do not hide.
func logarithm(_ x: Double) -> Double { Glibc.log(x) }

/// 1 / (1 + exp(-x)).
func logistic(_ x: Double) -> Double { x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)) }

/// log(1 + exp(x)).
func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

/// Returns the derivative of log gamma for x > 0: by recurrence to x >= 8, then the asymptotic
/// series (Abramowitz and Stegun 6.3.5, 6.3.18).
func digamma(_ x: Double) -> Double {
  var x = x
  var sum = 0.0
  // Eight steps are enough from 0 on; the bound ends the loop for other numbers, whose digamma is
  // not needed.
  for _ in 0..<8 where x < 8 {
    sum -= 1 / x
    x += 1
  }
  let square = 1 / (x * x)
  let series =
    square
    * (1.0 / 12 - square * (1.0 / 120 - square * (1.0 / 252 - square * (1.0 / 240 - square / 132))))
  return sum + log(x) - 0.5 / x - series
}

/// log gamma for x > 0.
func logGamma(_ x: Double) -> Double {
  var sign: Int32 = 0
  return lgamma_r(x, &sign)
}

/// Returns log gamma(r + x) - log gamma(r) for a count x and r > 0, and its derivative in r.
///
/// The logarithm of r (r + 1) … (r + x - 1) if there are few factors. For large r the difference of
/// Stirling's two series (Abramowitz and Stegun 6.1.40, 6.3.18), because the difference of two
/// large numbers would have no digits left.
func logRisingFactorial(_ x: Double, _ r: Double) -> (value: Double, slope: Double) {
  if r > 10_000 {
    let (ratio, inverse, ahead) = (log1p(x / r), 1 / r, 1 / (r + x))
    return (
      x * log(r) + (r + x - 0.5) * ratio - x + (ahead - inverse) / 12,
      ratio - (ahead - inverse) / 2 - (ahead * ahead - inverse * inverse) / 12
    )
  }
  if x > 8 { return (logGamma(r + x) - logGamma(r), digamma(r + x) - digamma(r)) }
  guard r.isFinite, x.isFinite else { return (.nan, .nan) }
  var (product, slope) = (1.0, 0.0)
  // A fixed count: a stride between bounds that are NaN or infinite would not end.
  for step in 0..<8 {
    let factor = r + Double(step)
    guard factor < r + x else { break }
    product *= factor
    slope += 1 / factor
  }
  return (log(product), slope)
}

/// Returns the p-quantile of the standard normal for p in (0, 1), by bisection: short and exact,
/// and only used where speed does not matter.
func normalQuantile(_ p: Double) -> Double {
  quantile(p, from: -9, to: 9) { 0.5 * erfc(-$0 / 2.squareRoot()) }
}

/// Returns the number between `low` and `high` at which an increasing function reaches p.
func quantile(
  _ p: Double, from low: Double, to high: Double, _ distribution: (Double) -> Double
) -> Double {
  var (low, high) = (low, high)
  for _ in 0..<64 {
    let middle = 0.5 * (low + high)
    if distribution(middle) < p { low = middle } else { high = middle }
  }
  return 0.5 * (low + high)
}

/// log(1 + t) - t, without cancellation around zero: with s = t / (2 + t), log(1 + t) = 2 (s + s^3
/// / 3 + s^5 / 5 + …) and t = 2 s / (1 - s).
func logExcess(_ t: Double) -> Double {
  guard abs(t) < 0.2 else { return log1p(t) - t }
  let s = t / (2 + t)
  let square = s * s
  var (sum, power) = (0.0, s * square)
  for k in stride(from: 3.0, through: 19, by: 2) {
    sum += power / k
    power *= square
  }
  return 2 * sum - t * s
}

/// log x! - ((x + 1/2) log x - x + 1/2 log(2 pi)) for x > 0: the error of Stirling's formula.
func stirlingRest(_ x: Double) -> Double {
  guard x > 16 else { return logGamma(x + 1) - (x + 0.5) * log(x) + x - 0.5 * log(2 * Double.pi) }
  let square = 1 / (x * x)
  return (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680))) / x
}

/// log of the Poisson mass at a count, from its `deviation` from the mean: without the large
/// numbers that cancel (Loader, "Fast and accurate computation of binomial probabilities", 2000).
func logPoissonMass(_ count: Double, _ deviation: Double) -> Double {
  guard count > 0 else { return deviation }
  return count * logExcess(-deviation / count) - 0.5 * log(2 * Double.pi * count)
    - stirlingRest(count)
}

/// From this count on, logarithms of gamma functions have fewer than nine digits after the point.
let largeCount = 1e6
