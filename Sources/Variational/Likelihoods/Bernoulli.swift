import CKernels
import Declarations
import Glibc
import JSON
import Layers
import Tensors

/// Independent Bernoulli variables whose parameters are logits: log p(x | z) = sum x l - log(1 +
/// exp(l)).
///
/// Logits are used because clamping probabilities would cap a pixel's penalty. Grey levels have no
/// density under this likelihood and are refused unless `relaxed` is true; the number is then a
/// cross-entropy and not a log-likelihood.
package struct Bernoulli: LikelihoodModule {
  package var relaxed = false

  package init() {}

  package static let type = "bernoulli"
  package static let summary =
    "Bernoulli on logits: the decoder's outputs are one logit for each value."
  package static let fields: [Field<Bernoulli>] = [
    Field(
      "relaxed", \.relaxed,
      "Whether grey levels from 0 to 1 are accepted too; the result is then a cross-entropy.")
  ]

  package func likelihood(shape: Shape) -> any Likelihood {
    BernoulliLikelihood(shape: shape, isRelaxed: relaxed)
  }
}

struct BernoulliLikelihood: Likelihood {
  let shape: Shape
  let isRelaxed: Bool

  var outputs: Int { shape.count }
  var absorbs: (any Activation.Type)? { Sigmoid.self }
  var support: (phrase: String, hint: String) {
    isRelaxed
      ? (
        "from 0 to 1",
        "scale the data, {\"type\": \"scale\", \"by\": 0.00392156862745098}, or columns, \"preprocess\": [{\"type\": \"range\"}]"
      )
      : (
        "0 or 1",
        "add the transform {\"type\": \"binarize\"}, which takes all columns, or set \"relaxed\": true in the likelihood"
      )
  }

  func evaluate(
    _ output: Block, of x: Block, samples: Int, scale: Float,
    into logDensity: UnsafeMutablePointer<Double>, gradient: Block?
  ) {
    elbo_bernoulli(
      output.rows, output.columns, samples, x.stride, x.base, output.stride, output.base, scale,
      logDensity, gradient?.base)
  }

  func mean(_ output: Block, into mean: Block) {
    for row in 0..<output.rows { elbo_sigmoid(output.columns, output.row(row), mean.row(row)) }
  }

  func draw(_ output: Block, into x: Block, _: FurtherNumbers) {
    for row in 0..<output.rows {
      let (x, logit) = (x.row(row), output.row(row))
      // Tests u < sigmoid(l) without a sigmoid.
      for i in 0..<output.columns { x[i] = log(x[i] / (1 - x[i])) < logit[i] ? 1 : 0 }
    }
  }

  func firstOutside(_ x: Block) -> (row: Int, column: Int)? {
    for row in 0..<x.rows {
      let values = x.row(row)
      for column in 0..<x.columns {
        let value = values[column]
        if isRelaxed ? !(value >= 0 && value <= 1) : value != 0 && value != 1 {
          return (row, column)
        }
      }
    }
    return nil
  }

  func initialBias(mean: [Double]) -> [Float] {
    mean.map { value in
      let clipped = min(max(value, 0.001), 0.999)
      return Float(log(clipped / (1 - clipped)))
    }
  }
}

extension Choice<LikelihoodKind> {
  /// Bernoulli on logits: the decoder's outputs are one logit a value.
  public static func bernoulli(relaxed: Bool = false) -> Self {
    var module = Bernoulli()
    module.relaxed = relaxed
    return Choice(module) { $0 }
  }

  /// Bernoulli on logits: the decoder's outputs are one logit a value.
  public static var bernoulli: Self { .bernoulli() }
}
