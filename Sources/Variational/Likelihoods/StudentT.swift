import Glibc
import JSON
import Tensors

/// Independent Student t variables with n degrees of freedom, for data with outliers. With t = (x - location) exp(-logScale):
/// log p = log gamma((n + 1) / 2) - log gamma(n / 2) - 1/2 log(n pi) - logScale - (n + 1) / 2 log(1 + t^2 / n).
public struct StudentT: LikelihoodModule {
  public var freedom = 5.0

  public init() {}

  public static let type = "studentT"
  public static let summary =
    "Student t: the decoder's outputs are the locations, then the log-scales."
  public static let fields: [Field<StudentT>] = [
    // Below 1 the integrand of a draw has a pole; with more the two gammas leave no digits, and it is a Gaussian.
    Field("freedom", \.freedom, "Degrees of freedom.", .from(1, to: 1e6))
  ]

  public func likelihood(shape: Shape) -> any Likelihood {
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
  func mean(_ a: Double, _ b: Double) -> Double { a }
  func draw(_ u: Double, _ a: Double, _ b: Double) -> Double {
    // The ratio of a normal and the root of a mean of squares would need more than one number: by the distribution
    // function instead, which Simpson's rule gives on the angle tan(v) = t / sqrt(n).
    let power = freedom - 1
    func mass(_ angle: Double) -> Double {
      let steps = 64
      let width = (angle + Double.pi / 2) / Double(steps)
      return (0...steps).reduce(0.0) { sum, i in
        let value = pow(max(0, cos(-Double.pi / 2 + Double(i) * width)), power)
        return sum + value * (i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2)
      } * width / 3
    }
    let whole = mass(Double.pi / 2)
    let angle = quantile(u, from: -Double.pi / 2, to: Double.pi / 2) { mass($0) / whole }
    return a + exp(b) * freedom.squareRoot() * tan(angle)
  }
  func contains(_ x: Float) -> Bool { x.isFinite }
  var support: (phrase: String, hint: String) { ("a finite number", "check the data") }
}
