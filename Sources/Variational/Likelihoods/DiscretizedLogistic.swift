import Declarations
import Glibc
import JSON
import Tensors

/// Logistic variables rounded to 256 grey levels (Kingma et al., arXiv 1606.04934, section 5.2).
///
/// Level x lies at v = x / 127.5 - 1 and its bin extends 1/255 to either side; the outermost bins
/// extend to infinity. With u = (v + 1/255 - mean) / scale and d = (v - 1/255 - mean) / scale: p =
/// sigmoid(u) - sigmoid(d), computed as sigmoid(u) sigmoid(-d) (1 - exp(d - u)), whose logarithm
/// never cancels.
package struct DiscretizedLogistic: LikelihoodModule {
  package init() {}

  package static let type = "discretizedLogistic"
  package static let summary =
    "256 grey levels as bins of a logistic: the decoder's outputs are the means in [-1, 1], then the log-scales."
  package static let fields: [Field<DiscretizedLogistic>] = []

  package func likelihood(shape: Shape) -> any Likelihood {
    ValueLikelihood(shape: shape, density: DiscretizedLogisticDensity())
  }
}

struct DiscretizedLogisticDensity: ValueDensity {
  static let parameters = 2

  func logDensity(_ x: Double, _ a: Double, _ b: Double) -> (value: Double, a: Double, b: Double) {
    let inverse = exp(-b)
    let level = x / 127.5 - 1
    let up = inverse * (level - a + 1 / 255.0)
    let down = inverse * (level - a - 1 / 255.0)
    if x <= 0 {
      let rest = logistic(-up)
      return (-softplus(-up), -inverse * rest, -up * rest)
    }
    if x >= 255 {
      let rest = logistic(down)
      return (-softplus(down), inverse * rest, down * rest)
    }
    let width = up - down
    let pull = 1 / expm1(width)
    let value = -softplus(-up) - softplus(down) + log(-expm1(-width))
    let (above, below) = (logistic(-up), logistic(down))
    return (
      value, -inverse * (above - below), -(up * (above + pull) - down * (below + pull))
    )
  }
  /// Returns the mean as the integral over the levels of the probability of lying above them; it is
  /// far from the location if much of the density is cut off at black or white.
  func mean(_ a: Double, _ b: Double) -> Double {
    let scale = exp(min(max(b, -20), 20))
    return 127.5 * scale * (softplus((a + 1) / scale) - softplus((a - 1) / scale))
  }
  func draw(_ u: Double, _ a: Double, _ b: Double, _: inout RandomSequence) -> Double {
    let level = a + exp(b) * (log(u) - log1p(-u))
    return ((min(max(level, -1), 1) + 1) * 127.5).rounded()
  }
  func contains(_ x: Float) -> Bool { x >= 0 && x <= 255 && x == x.rounded() }
  var support: (phrase: String, hint: String) {
    ("a grey level: 0, 1, …, 255", "load the images without scaling")
  }
  var sight: EncoderView.Sight { .grey }
  func parameter(ofMean mean: Double) -> Double { mean / 127.5 - 1 }
}

extension Choice<LikelihoodKind> {
  /// 256 grey levels as bins of a logistic: the decoder's outputs are the means in [-1, 1], then
  /// the log-scales.
  public static var discretizedLogistic: Self { Choice(DiscretizedLogistic()) { $0 } }
}
