import Declarations
import Glibc
import JSON
import Tensors

/// Independent counts: log p(x | z) = sum (x r - exp(r) - log x!), r the log-rate.
package struct Poisson: LikelihoodModule {
  package init() {}

  package static let type = "poisson"
  package static let summary =
    "Poisson counts: the decoder's outputs are the log-rates."
  package static let fields: [Field<Poisson>] = []

  package func likelihood(shape: Shape) -> any Likelihood {
    ValueLikelihood(shape: shape, density: PoissonDensity())
  }
}

struct PoissonDensity: ValueDensity {
  static let parameters = 1

  func logDensity(_ x: Double, _ a: Double, _ b: Double) -> (value: Double, a: Double, b: Double) {
    let rate = exp(a)
    let isLarge = x > largeCount && abs(x - rate) < 0.5 * x
    let value = isLarge ? logPoissonMass(x, x - rate) : x * a - rate - logGamma(x + 1)
    return (value, x - rate, 0)
  }
  func mean(_ a: Double, _ b: Double) -> Double { exp(a) }
  func draw(_ u: Double, _ a: Double, _ b: Double, _ further: inout RandomSequence) -> Double {
    poissonDraw(u, exp(a), &further)
  }
  func contains(_ x: Float) -> Bool { x >= 0 && x == x.rounded() && x.isFinite }
  var support: (phrase: String, hint: String) {
    ("a count: 0, 1, 2, …", "use counts as they were counted, without scaling")
  }
  var sight: EncoderView.Sight { .logarithm }
  func parameter(ofMean mean: Double) -> Double { log(max(mean, 0.001)) }
}

extension Choice<LikelihoodKind> {
  /// Poisson counts: the decoder's outputs are the log-rates.
  public static var poisson: Self { Choice(Poisson()) { $0 } }
}
