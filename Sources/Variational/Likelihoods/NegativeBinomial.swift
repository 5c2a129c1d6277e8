import Declarations
import Glibc
import JSON
import Tensors

/// Counts that vary more than Poisson's: with mean m = exp(a) and inverse dispersion r = exp(b),
/// log p = log gamma(x + r) - log gamma(r) - log x! + r log(r / (r + m)) + x log(m / (r + m)).
///
/// With `sizeFactors` the mean of each value is exp(a) times the row's total count (at least 1):
/// the outputs are then shares of the row, as in single-cell data with library sizes (Lopez et al.,
/// 2018). A decoded mean is such a share.
package struct NegativeBinomial: LikelihoodModule {
  package var sizeFactors = false

  package init() {}

  package static let type = "negativeBinomial"
  package static let summary =
    "Negative binomial counts: the decoder's outputs are the log-means, then the log-inverse-dispersions."
  package static let fields: [Field<NegativeBinomial>] = [
    Field("sizeFactors", \.sizeFactors, "Whether the means are multiplied by the row's total.")
  ]

  package func likelihood(shape: Shape) -> any Likelihood {
    ValueLikelihood(shape: shape, density: NegativeBinomialDensity(scalesByTotal: sizeFactors))
  }
}

struct NegativeBinomialDensity: ValueDensity {
  static let parameters = 2
  let scalesByTotal: Bool

  func logDensity(_ x: Double, _ a: Double, _ b: Double) -> (value: Double, a: Double, b: Double) {
    let r = exp(b)
    // Logarithms of r / (r + m) and m / (r + m): b - log(r + m) would cancel if one of the two were
    // much larger.
    let odds = exp(-abs(a - b))
    let tail = log1p(odds)
    let (failure, success) = (-max(a - b, 0) - tail, -max(b - a, 0) - tail)
    let share = (a >= b ? 1 : odds) / (1 + odds)
    let rising = logRisingFactorial(x, r)
    let mean = exp(a)
    let deviation = (x - mean) / (1 + mean / r)
    let value =
      x > largeCount && abs(deviation) < 0.5 * x && r > 0 && r.isFinite
      ? logMass(ofLarge: x, mean, r, deviation)
      : rising.value - logGamma(x + 1) + r * failure + x * success
    let slope = r * (rising.slope + failure + share) - x * (1 - share)
    return (value, x - (x + r) * share, slope)
  }
  /// Returns the log of the binomial mass of r among x + r, times r / (x + r), as in Loader (2000):
  /// from the `deviation` of the count from the binomial's mean.
  private func logMass(ofLarge x: Double, _ mean: Double, _ r: Double, _ deviation: Double)
    -> Double
  {
    let t = deviation / r
    // 1 + t is (x + r) / (mean + r).
    let excess = t > -0.5 ? logExcess(t) : log(x + r) - log(mean + r) - t
    let rest = stirlingRest(x + r) - stirlingRest(x) - stirlingRest(r)
    let width = log(2 * Double.pi * r) + log(x) - log(x + r)
    return rest + x * logExcess(-deviation / x) + r * excess - 0.5 * width + log(r) - log(x + r)
  }
  func mean(_ a: Double, _ b: Double) -> Double { exp(a) }
  func draw(_ u: Double, _ a: Double, _ b: Double, _ further: inout RandomSequence) -> Double {
    negativeBinomialDraw(u, a, b, &further)
  }
  func contains(_ x: Float) -> Bool { x >= 0 && x == x.rounded() && x.isFinite }
  var support: (phrase: String, hint: String) {
    ("a count: 0, 1, 2, …", "use counts as they were counted, without scaling")
  }
  var sight: EncoderView.Sight { scalesByTotal ? .logarithmOfShare : .logarithm }
  func parameter(ofMean mean: Double) -> Double { log(max(mean, 0.001)) }
}

extension Choice<LikelihoodKind> {
  /// Negative binomial counts: the decoder's outputs are the log-means, then the
  /// log-inverse-dispersions.
  public static func negativeBinomial(sizeFactors: Bool = false) -> Self {
    var module = NegativeBinomial()
    module.sizeFactors = sizeFactors
    return Choice(module) { $0 }
  }
}
