import CKernels
import Glibc
import JSON
import Tensors

/// Independent Gaussians: log p(x | z) = -1/2 sum (log(2 pi) + logVariance + (x - mean)^2 exp(-logVariance)).
///
/// With a fixed deviation the decoder's outputs are the means; without, they are the means, then the log-variances. A learned
/// deviation never falls below `floor`: on constant columns it would run to zero, and the density to infinity. Below it the density
/// takes the floor, and the log-variance no gradient.
public struct GaussianLikelihood: LikelihoodModule {
  public var deviation: Double?
  public var floor = 1e-3

  public init() {}

  public static let type = "gaussian"
  public static let summary =
    "Gaussian; without a deviation the decoder's outputs are the means, then the log-variances."
  public static var examples: [GaussianLikelihood] {
    var fixed = GaussianLikelihood()
    fixed.deviation = 0.5
    return [fixed, GaussianLikelihood()]
  }
  public static let fields: [Field<GaussianLikelihood>] = [
    Field("deviation", \.deviation, "Standard deviation; learned where it is left out.", .above(0)),
    Field("floor", \.floor, "The least deviation that is learned.", .above(0)),
  ]

  public func likelihood(shape: Shape) -> any Likelihood {
    GaussianDensity(
      shape: shape, logVariance: deviation.map { Float(2 * log($0)) },
      least: Float(2 * log(floor)))
  }
}

struct GaussianDensity: Likelihood {
  let shape: Shape
  /// Of every value, where it is fixed.
  let logVariance: Float?
  let least: Float

  private var values: Int { shape.count }
  var outputs: Int { logVariance == nil ? 2 * values : values }
  var absorbs: String? { nil }
  var support: (phrase: String, hint: String) { ("a finite number", "check the data") }

  func evaluate(
    _ output: Block, of x: Block, samples: Int, scale: Float,
    into logDensity: UnsafeMutablePointer<Double>, gradient: Block?
  ) {
    let constant = 0.5 * log(2 * Double.pi) * Double(values)
    for row in 0..<output.rows {
      let (mean, x) = (output.row(row), x.row(row / samples))
      let slope = gradient?.row(row)
      if let logVariance {
        let precision = exp(-Double(logVariance))
        var sum = 0.0
        for i in 0..<values {
          let error = Double(x[i]) - Double(mean[i])
          sum += error * error
          slope?[i] = scale * Float(error * precision)
        }
        logDensity[row] =
          -constant - 0.5 * (Double(logVariance) * Double(values) + sum * precision)
      } else {
        var sum = 0.0
        for i in 0..<values {
          let given = mean[values + i]
          let logVariance = Double(max(given, least))
          let precision = exp(-logVariance)
          let error = Double(x[i]) - Double(mean[i])
          sum += logVariance + error * error * precision
          slope?[i] = scale * Float(error * precision)
          slope?[values + i] =
            given < least ? 0 : scale * Float(0.5 * (error * error * precision - 1))
        }
        logDensity[row] = -constant - 0.5 * sum
      }
    }
  }

  func mean(_ output: Block, into mean: Block) {
    for row in 0..<output.rows { mean.row(row).update(from: output.row(row), count: values) }
  }

  func draw(_ output: Block, into x: Block) {
    for row in 0..<output.rows {
      let (mean, x) = (output.row(row), x.row(row))
      for i in 0..<values {
        let logVariance = logVariance ?? max(mean[values + i], least)
        x[i] = mean[i] + Float(exp(0.5 * Double(logVariance)) * normalQuantile(Double(x[i])))
      }
    }
  }

  func firstOutside(_ x: Block) -> (row: Int, column: Int)? {
    for row in 0..<x.rows {
      for column in 0..<x.columns where !x[row, column].isFinite { return (row, column) }
    }
    return nil
  }

  func initialBias(mean: [Double]) -> [Float] {
    mean.map { Float($0) } + [Float](repeating: 0, count: outputs - values)
  }
}

/// The number below which a standard normal one lies with probability p in (0, 1), by bisection: short and exact; nothing that
/// is called often needs it.
func normalQuantile(_ p: Double) -> Double {
  var (low, high) = (-9.0, 9.0)
  for _ in 0..<60 {
    let middle = 0.5 * (low + high)
    if 0.5 * erfc(-middle / 2.squareRoot()) < p { low = middle } else { high = middle }
  }
  return 0.5 * (low + high)
}
