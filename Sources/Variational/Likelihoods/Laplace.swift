import Declarations
import Glibc
import JSON
import Tensors

/// Independent Laplace variables: log p(x | z) = -sum (log 2 + logScale + |x - location|
/// exp(-logScale)).
package struct Laplace: LikelihoodModule {
  package init() {}

  package static let type = "laplace"
  package static let summary =
    "Laplace: the decoder's outputs are the locations, then the log-scales."
  package static let fields: [Field<Laplace>] = []

  package func likelihood(shape: Shape) -> any Likelihood {
    ValueLikelihood(shape: shape, density: LaplaceDensity())
  }
}

struct LaplaceDensity: ValueDensity {
  static let parameters = 2

  func logDensity(_ x: Double, _ a: Double, _ b: Double) -> (value: Double, a: Double, b: Double) {
    let inverse = exp(-b)
    let distance = abs(x - a) * inverse
    let side = x == a ? 0 : x > a ? inverse : -inverse
    return (-log(2) - b - distance, side, distance - 1)
  }
  func spread(ofDeviation deviation: Double) -> Double? { log(deviation / 2.0.squareRoot()) }
  func mean(_ a: Double, _ b: Double) -> Double { a }
  func draw(_ u: Double, _ a: Double, _ b: Double, _: inout RandomSequence) -> Double {
    a + exp(b) * (u < 0.5 ? log(2 * u) : -log(2 * (1 - u)))
  }
  func contains(_ x: Float) -> Bool { x.isFinite }
  var support: (phrase: String, hint: String) { ("a finite number", "check the data") }
}

extension Choice<LikelihoodKind> {
  /// Laplace: the decoder's outputs are the locations, then the log-scales.
  public static var laplace: Self { Choice(Laplace()) { $0 } }
}
