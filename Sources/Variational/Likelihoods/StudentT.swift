import Declarations
import Glibc
import JSON
import Tensors

/// Independent Student t variables with n degrees of freedom, for data with outliers. With t = (x -
/// location) exp(-logScale): log p = log gamma((n + 1) / 2) - log gamma(n / 2) - 1/2 log(n pi) -
/// logScale - (n + 1) / 2 log(1 + t^2 / n).
package struct StudentT: LikelihoodModule {
  package var freedom = 5.0

  package init() {}

  package static let type = "studentT"
  package static let summary =
    "Student t: the decoder's outputs are the locations, then the log-scales."
  package static let fields: [Field<StudentT>] = [
    // With more degrees of freedom the difference of the two gammas has no digits left, and the
    // density is a Gaussian.
    Field("freedom", \.freedom, "Degrees of freedom.", .from(1, to: 1e6))
  ]

  package func likelihood(shape: Shape) -> any Likelihood {
    ValueLikelihood(shape: shape, density: StudentTDensity(freedom: freedom))
  }
}

struct StudentTDensity: ValueDensity {
  static let parameters = 2
  let freedom: Double

  func logDensity(_ x: Double, _ a: Double, _ b: Double) -> (value: Double, a: Double, b: Double) {
    let inverse = exp(-b)
    let t = (x - a) * inverse
    let weight = (freedom + 1) / (freedom + t * t)
    let constant =
      logGamma((freedom + 1) / 2) - logGamma(freedom / 2) - 0.5 * log(freedom * Double.pi)
    let value = constant - b - (freedom + 1) / 2 * log1p(t * t / freedom)
    return (value, weight * t * inverse, weight * t * t - 1)
  }
  func spread(ofDeviation deviation: Double) -> Double? {
    // The variance is scale^2 n / (n - 2), and infinite up to n = 2.
    log(deviation) + 0.5 * (freedom > 2 ? log((freedom - 2) / freedom) : 0)
  }
  func mean(_ a: Double, _ b: Double) -> Double { a }
  func draw(_ u: Double, _ a: Double, _ b: Double, _ further: inout RandomSequence) -> Double {
    // A Student t number is a normal one over the root of chi-square(n) / n; half of that
    // chi-square is gamma(n / 2).
    let logRatio = logGammaDraw(freedom / 2, log(freedom / 2), &further) - log(freedom / 2)
    return a + exp(b - 0.5 * logRatio) * further.normal()
  }
  func contains(_ x: Float) -> Bool { x.isFinite }
  var support: (phrase: String, hint: String) { ("a finite number", "check the data") }
}

extension Choice<LikelihoodKind> {
  /// Student t: the decoder's outputs are the locations, then the log-scales.
  public static func studentT(freedom: Double = 5.0) -> Self {
    var module = StudentT()
    module.freedom = freedom
    return Choice(module) { $0 }
  }
}
