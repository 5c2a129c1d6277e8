import Layers
import Tensors

/// A density of x by that of y = T(x): log p(x | z) = log p(y | z) + log |dy/dx|.
///
/// It is evaluated for rows of y; means and draws are turned back into x. For a change that is not
/// affine, the mean of y turned back is not the mean of x.
struct PreprocessedLikelihood: Likelihood {
  let base: any Likelihood
  let preprocessor: Preprocessor

  var shape: Shape { base.shape }
  var outputs: Int { base.outputs }
  var absorbs: (any Activation.Type)? { base.absorbs }
  var encoderSegments: [EncoderView.Segment] { base.encoderSegments }
  var support: (phrase: String, hint: String) { base.support }

  func support(of column: Int) -> (kind: String?, phrase: String, hint: String) {
    let own = base.support(of: column)
    guard preprocessor.changes(column) else { return own }
    return (
      own.kind, own.phrase,
      "the value is the one after \"preprocess\": name the other columns in its \"columns\""
    )
  }

  func evaluate(
    _ output: Block, of x: Block, samples: Int, scale: Float,
    into logDensity: UnsafeMutablePointer<Double>, gradient: Block?
  ) {
    base.evaluate(
      output, of: x, samples: samples, scale: scale, into: logDensity, gradient: gradient)
    for row in 0..<output.rows / samples {
      let logSlope = preprocessor.logSlope(x.row(row))
      for draw in row * samples..<(row + 1) * samples { logDensity[draw] += logSlope }
    }
  }

  func mean(_ output: Block, into mean: Block) {
    base.mean(output, into: mean)
    preprocessor.undo(mean)
  }

  func draw(_ output: Block, into x: Block, _ further: FurtherNumbers) {
    base.draw(output, into: x, further)
    preprocessor.undo(x)
  }

  func firstOutside(_ x: Block) -> (row: Int, column: Int)? { base.firstOutside(x) }
  func outputScales(deviation: [Double?]) -> [OutputScale] {
    base.outputScales(deviation: deviation)
  }
  func initialBias(mean: [Double]) -> [Float] { base.initialBias(mean: mean) }
}
