import Declarations
import Glibc
import JSON
import Tensors

/// The continuous Bernoulli on [0, 1], for grey levels (Loaiza-Ganem and Cunningham, arXiv
/// 1907.06845).
///
/// With logit l: log p(x | z) = x l - log(1 + exp(l)) + log C(l), C(l) = l / tanh(l / 2); near 0 by
/// its series log C = log 2 + l^2 / 12 - 7 l^4 / 1440.
package struct ContinuousBernoulli: LikelihoodModule {
  package init() {}

  package static let type = "continuousBernoulli"
  package static let summary =
    "Continuous Bernoulli for values from 0 to 1: the decoder's outputs are one logit for each value."
  package static let fields: [Field<ContinuousBernoulli>] = []

  package func likelihood(shape: Shape) -> any Likelihood {
    ValueLikelihood(shape: shape, density: ContinuousBernoulliDensity())
  }
}

struct ContinuousBernoulliDensity: ValueDensity {
  static let parameters = 1

  func logDensity(_ x: Double, _ a: Double, _ b: Double) -> (value: Double, a: Double, b: Double) {
    let (logNormaliser, slope): (Double, Double)
    if abs(a) < 1e-2 {
      let square = a * a
      logNormaliser = log(2) + square / 12 - 7 * square * square / 1440
      slope = a / 6 - 7 * square * a / 360
    } else {
      logNormaliser = log(abs(a)) - log(tanh(abs(a) / 2))
      slope = 1 / a - 1 / sinh(a)
    }
    return (x * a - softplus(a) + logNormaliser, x - logistic(a) + slope, 0)
  }
  func mean(_ a: Double, _ b: Double) -> Double {
    abs(a) < 1e-3 ? 0.5 + a / 12 : -1 / expm1(-a) - 1 / a
  }
  func draw(_ u: Double, _ a: Double, _ b: Double, _: inout RandomSequence) -> Double {
    // The inverse of (exp(a x) - 1) / (exp(a) - 1), from the side where nothing overflows.
    if abs(a) < 1e-6 { return u }
    return a > 0 ? 1 + log(u + (1 - u) * exp(-a)) / a : log1p(u * expm1(a)) / a
  }
  func contains(_ x: Float) -> Bool { x >= 0 && x <= 1 }
  var support: (phrase: String, hint: String) {
    (
      "from 0 to 1",
      "scale the data, {\"type\": \"scale\", \"by\": 0.00392156862745098}, or columns, \"preprocess\": [{\"type\": \"range\"}]"
    )
  }
  func parameter(ofMean value: Double) -> Double {
    quantile(min(max(value, 0.001), 0.999), from: -1000, to: 1000) { mean($0, 0) }
  }
}

extension Choice<LikelihoodKind> {
  /// Continuous Bernoulli for values from 0 to 1: the decoder's outputs are one logit a value.
  public static var continuousBernoulli: Self { Choice(ContinuousBernoulli()) { $0 } }
}
