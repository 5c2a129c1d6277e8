import Glibc
import Tensors

/// Returns a count from the Poisson distribution of any mean; NaN if the mean is NaN, infinite if
/// it is infinite.
///
/// Below a mean of 10 by inversion of the distribution function at `u` (uniform on (0, 1), an odd
/// multiple of 2^-24), above by transformed rejection (Hörmann, "The transformed rejection method
/// for generating Poisson random variables", 1993, algorithm PTRS), which takes 1.2 tries on
/// average at 10 and 1.1 from 1,000 on. There is no largest mean and no normal limit: everything is
/// computed from the deviation from the mean, which keeps its digits when the count itself has none
/// left.
func poissonDraw(_ u: Double, _ mean: Double, _ further: inout RandomSequence) -> Double {
  guard mean >= smallMean else {
    guard !mean.isNaN else { return .nan }
    return countQuantile(u, first: exp(-mean), &further) { mean / ($0 + 1) }
  }
  guard mean.isFinite else { return mean }
  let whole = mean.rounded(.down)
  let part = mean - whole
  let b = 0.931 + 2.53 * mean.squareRoot()
  let a = -0.059 + 0.02483 * b
  let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
  let triangle = 0.9277 - 3.6224 / (b - 2)
  while true {
    let across = further.uniform() - 0.5
    let up = further.uniform()
    let edge = 0.5 - abs(across)
    // The count minus the integer part of the mean.
    let offset = ((2 * a / edge + b) * across + part + 0.43).rounded(.down)
    let count = whole + offset
    if edge >= 0.07 && up <= triangle { return count }
    if count < 0 || edge < 0.013 && up > edge { continue }
    let hat = inverseAlpha / (a / (edge * edge) + b)
    if log(up * hat) <= logPoissonMass(count, offset - part) { return count }
  }
}

/// Returns a count from the negative binomial of mean exp(a) and inverse dispersion r = exp(b).
///
/// Small means are inverted as for Poisson, if the tail is short as well. Otherwise the count is a
/// Poisson draw with the mean exp(a) gamma(r) / r.
func negativeBinomialDraw(
  _ u: Double, _ a: Double, _ b: Double, _ further: inout RandomSequence
) -> Double {
  let (mean, r) = (exp(a), exp(b))
  guard !mean.isNaN, !r.isNaN else { return .nan }
  // In the limit of infinite variance all mass is at zero.
  guard mean > 0, r > 0 else { return 0 }
  if mean < smallMean && r >= 0.1 && r < 1e15 {
    let share = mean / (mean + r)
    return countQuantile(u, first: exp(-r * log1p(mean / r)), &further) {
      ($0 + r) / ($0 + 1) * share
    }
  }
  // A gamma whose deviation is below a double's resolution is at its mean.
  guard b < 80 else { return poissonDraw(u, mean, &further) }
  return poissonDraw(u, exp(a - b + logGammaDraw(r, b, &further)), &further)
}

/// Returns log of a draw from gamma(shape) of scale 1; `logShape` is passed as well, for shapes
/// that a double rounds to zero.
///
/// Marsaglia and Tsang, "A simple method for generating gamma variables", 2000: 1.05 tries at most.
/// For shapes below 1 a draw for shape + 1 times U^(1 / shape), in logarithms, since these
/// underflow.
func logGammaDraw(
  _ shape: Double, _ logShape: Double, _ further: inout RandomSequence
) -> Double {
  guard logShape >= 0 else {
    return logGammaDraw(shape + 1, log1p(shape), &further) - further.exponential() * exp(-logShape)
  }
  let d = shape - 1.0 / 3
  let c = 1 / (9 * d).squareRoot()
  while true {
    let x = further.normal()
    let step = c * x
    guard step > -1 else { continue }
    // v = (1 + c x)^3; d (1 - v + log v) from the deviation of v from one, which keeps its digits
    // if d is large.
    let deviation = step * (3 + step * (3 + step))
    let square = x * x
    let up = further.uniform()
    if up < 1 - 0.0331 * square * square || log(up) < 0.5 * square + d * logExcess(deviation) {
      return log(d) + 3 * log1p(step)
    }
  }
}

/// Up to this mean, counting up from zero is as fast as any other method.
private let smallMean = 10.0

/// Returns the least count at which the distribution function reaches u; `ratio` is the mass at a
/// count + 1 divided by the mass at the count.
///
/// u stands for a cell of width 2^-23. If a step of the function lies in it, a further number
/// decides the side of the step.
private func countQuantile(
  _ u: Double, first: Double, _ further: inout RandomSequence, _ ratio: (Double) -> Double
) -> Double {
  let reach = 0x1p-24
  var u = u
  var isFine = false
  var (count, mass, sum) = (0.0, first, first)
  while true {
    if !isFine && abs(sum - u) < reach {
      u += (2 * further.uniform() - 1) * reach
      isFine = true
    }
    if sum >= u { return count }
    mass *= ratio(count)
    count += 1
    // The rest of the tail is lost in rounding, 1e-16 in all.
    guard sum + mass > sum else { return count }
    sum += mass
  }
}
