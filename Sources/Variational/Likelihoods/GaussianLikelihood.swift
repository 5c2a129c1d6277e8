import Declarations
import Glibc
import JSON
import Tensors

/// Independent Gaussians: log p(x | z) = -1/2 sum (log(2 pi) + logVariance + (x - mean)^2
/// exp(-logVariance)).
///
/// With a fixed deviation the decoder's outputs are the means; without, they are the means, then
/// the log-variances. A learned deviation never falls below `floor`: on constant columns it would
/// go to zero, and the density to infinity. Below the floor the density is that of the floor, and
/// the log-variance has no gradient.
package struct GaussianLikelihood: LikelihoodModule {
  package var deviation: Double?
  package var floor = 1e-3

  package init() {}

  package static let type = "gaussian"
  package static let summary =
    "Gaussian; without a deviation the decoder's outputs are the means, then the log-variances."
  package static var examples: [GaussianLikelihood] {
    var fixed = GaussianLikelihood()
    fixed.deviation = 0.5
    return [fixed, GaussianLikelihood()]
  }
  package static let fields: [Field<GaussianLikelihood>] = [
    Field("deviation", \.deviation, "Standard deviation; learned if left out.", range),
    Field("floor", \.floor, "Smallest deviation that is learned.", range),
  ]
  /// Gradients have the inverse of the variance as a factor and are float32, which ends at 3.4e38;
  /// this range leaves two digits for the other factors.
  private static let range = Bounds.from(1e-18, to: 1e18)

  package func likelihood(shape: Shape) -> any Likelihood {
    if let deviation {
      return ValueLikelihood(shape: shape, density: FixedGaussian(logVariance: 2 * log(deviation)))
    }
    return ValueLikelihood(shape: shape, density: LearnedGaussian(least: 2 * log(floor)))
  }
}

/// Returns the log density of a Gaussian, and its derivatives in mean and log-variance.
private func gaussian(_ x: Double, _ mean: Double, _ logVariance: Double)
  -> (value: Double, a: Double, b: Double)
{
  let precision = exp(-logVariance)
  let square = (x - mean) * (x - mean) * precision
  return (
    -0.5 * (log(2 * Double.pi) + logVariance + square), (x - mean) * precision,
    0.5 * (square - 1)
  )
}

private let anyNumber = (phrase: "a finite number", hint: "check the data")

struct FixedGaussian: ValueDensity {
  static let parameters = 1
  let logVariance: Double

  func logDensity(_ x: Double, _ a: Double, _ b: Double) -> (value: Double, a: Double, b: Double) {
    gaussian(x, a, logVariance)
  }
  func spread(ofDeviation deviation: Double) -> Double? { 0 }
  func mean(_ a: Double, _ b: Double) -> Double { a }
  func draw(_ u: Double, _ a: Double, _ b: Double, _: inout RandomSequence) -> Double {
    a + exp(0.5 * logVariance) * normalQuantile(u)
  }
  func contains(_ x: Float) -> Bool { x.isFinite }
  var support: (phrase: String, hint: String) { anyNumber }
}

struct LearnedGaussian: ValueDensity {
  static let parameters = 2
  let least: Double

  func logDensity(_ x: Double, _ a: Double, _ b: Double) -> (value: Double, a: Double, b: Double) {
    var term = gaussian(x, a, max(b, least))
    if b < least { term.b = 0 }
    return term
  }
  func spread(ofDeviation deviation: Double) -> Double? { max(2 * log(deviation), least) }
  func mean(_ a: Double, _ b: Double) -> Double { a }
  func draw(_ u: Double, _ a: Double, _ b: Double, _: inout RandomSequence) -> Double {
    a + exp(0.5 * max(b, least)) * normalQuantile(u)
  }
  func contains(_ x: Float) -> Bool { x.isFinite }
  var support: (phrase: String, hint: String) { anyNumber }
}

extension Choice<LikelihoodKind> {
  /// Gaussian; without a deviation the decoder's outputs are the means, then the log-variances.
  public static func gaussian(deviation: Double? = nil, floor: Double = 1e-3) -> Self {
    var module = GaussianLikelihood()
    module.deviation = deviation
    module.floor = floor
    return Choice(module) { $0 }
  }

  /// Gaussian; without a deviation the decoder's outputs are the means, then the log-variances.
  public static var gaussian: Self { .gaussian() }
}
