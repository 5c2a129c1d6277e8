import Declarations
import Files
import Glibc
import JSON
import Layers
import Tensors

/// How good estimators of one objective's gradient are, from repeated draws of the noise for the
/// same rows and parameters (Rainforth et al., arXiv 1802.04537; Tucker et al., arXiv 1810.04152).
///
/// Draw r of every estimator uses the noise of update r, so that only the estimators differ. The
/// objective is the mean over the rows, as in training; the figures describe these rows, and have
/// no error over examples.
package struct GradientQuality: Sendable {
  /// One estimator on one part of the parameters: those of the encoder and the posterior, or those
  /// of the decoder and the prior.
  package struct Side: Answer {
    package let variance: Double
    /// About 0.8 / sqrt(draws) even if there is no signal.
    package let signalToNoise: Double
    package let bias: Double
    package let magnitude: Double
    package let varianceError: Double
    package let signalToNoiseError: Double
    package let biasError: Double

    package static let members: [Member<Side>] = [
      Member("variance", \.variance, "Variance over the draws, averaged over the parameters."),
      Member("signalToNoise", \.signalToNoise, "|mean| / deviation, averaged over the parameters."),
      Member(
        "bias", \.bias,
        "Difference from the reparameterized mean, root mean square over the parameters."),
      Member(
        "magnitude", \.magnitude,
        "Magnitude of the mean gradient, root mean square over the parameters."),
      Member("varianceError", \.varianceError, "Monte Carlo error of variance."),
      Member(
        "signalToNoiseError", \.signalToNoiseError,
        "Monte Carlo error of signalToNoise, as if all parameters moved together."),
      Member(
        "biasError", \.biasError,
        "Monte Carlo error of the differences, root mean square; an unbiased estimator has a bias of this size."
      ),
    ]
  }

  package var encoder: Side
  package var decoder: Side

  /// Measures `estimators` of the gradient of one objective, and returns one result for each; a nil
  /// estimator means `reference`, whose mean counts as the true gradient.
  package static func measure(
    _ estimators: [(any Objective)?], against reference: any Objective, of model: Model,
    data: any Examples, rows: [UInt32], draws: Int, seed: Int, team: Team,
    stop: StopFlag? = nil
  ) throws(Fault) -> [GradientQuality] {
    let size = model.parameters.specs.reduce(0 as Size) { $0 + Size($1.shape) }
    try Memory.require(
      size * (Size(estimators.count) * 32 + 24), for: "the moments of every parameter's gradient")
    let factors = try Gradient.factors(rows, of: data)
    let base = try Gradient(model, reference, batch: rows.count, factors: factors)
    let others = try estimators.map { (estimator) throws(Fault) in
      try estimator.map { (objective) throws(Fault) in
        try Gradient(model, objective, batch: rows.count, factors: factors)
      }
    }
    let inference = [Int](model.encoderParameters) + model.posteriorParameters
    let generation = [Int](model.decoderParameters) + model.priorParameters
    var sums = estimators.map { _ in
      (Tally(count: count(model, inference)), Tally(count: count(model, generation)))
    }
    for draw in 1...draws {
      func values(_ gradient: Gradient) throws(Fault) -> (encoder: [Float], decoder: [Float]) {
        try rows.withUnsafeBufferPointer { (names) throws(Fault) in
          _ = try gradient.compute(
            names, of: data, update: UInt32(truncatingIfNeeded: draw), seed: seed, team: team,
            stop: stop)
        }
        func part(_ indices: [Int]) -> [Float] {
          indices.flatMap { gradient.sum.tensor($0).values }
        }
        return (part(inference), part(generation))
      }
      let expected = try values(base)
      for (index, other) in others.enumerated() {
        let own = try other.map { (other) throws(Fault) in try values(other) } ?? expected
        sums[index].0.add(own.encoder, expected.encoder)
        sums[index].1.add(own.decoder, expected.decoder)
      }
    }
    return sums.map { GradientQuality(encoder: $0.0.part, decoder: $0.1.part) }
  }

  private static func count(_ model: Model, _ indices: [Int]) -> Int {
    indices.reduce(0) { $0 + model.parameters.specs[$1].shape.count }
  }
}

/// Running mean and variance (Welford) of every parameter's gradient, and of its difference from
/// the reference.
private struct Tally {
  private var draws = 0.0
  private var mean: [Double]
  private var squares: [Double]
  private var difference: [Double]
  private var differenceSquares: [Double]
  // The contribution of each draw to the mean variance; their spread gives its error.
  private var contributions = Moments()

  init(count: Int) {
    mean = [Double](repeating: 0, count: count)
    (squares, difference, differenceSquares) = (mean, mean, mean)
  }

  mutating func add(_ values: [Float], _ reference: [Float]) {
    draws += 1
    var sum = 0.0
    for i in values.indices {
      let step = Double(values[i]) - mean[i]
      mean[i] += step / draws
      let square = step * (Double(values[i]) - mean[i])
      squares[i] += square
      sum += square
      let gap = Double(values[i]) - Double(reference[i])
      let move = gap - difference[i]
      difference[i] += move / draws
      differenceSquares[i] += move * (gap - difference[i])
    }
    if draws > 1 { contributions.add(sum / Double(max(1, values.count))) }
  }

  var part: GradientQuality.Side {
    // A part without parameters gets zeros.
    let count = Double(max(1, mean.count))
    var (ratios, ratioErrors, biases, errors, magnitudes) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for i in mean.indices {
      let variance = squares[i] / (draws - 1)
      // A parameter that never gets a gradient has neither signal nor noise.
      let ratio = variance > 0 ? mean[i].magnitude / variance.squareRoot() : 0
      ratios += ratio
      ratioErrors += (1 + 0.5 * ratio * ratio) / draws
      biases += difference[i] * difference[i]
      errors += differenceSquares[i] / (draws - 1) / draws
      magnitudes += mean[i] * mean[i]
    }
    return GradientQuality.Side(
      variance: contributions.mean, signalToNoise: ratios / count,
      bias: (biases / count).squareRoot(), magnitude: (magnitudes / count).squareRoot(),
      varianceError: contributions.varianceOfMean.squareRoot(),
      signalToNoiseError: (ratioErrors / count).squareRoot(),
      biasError: (errors / count).squareRoot())
  }
}

extension GradientQuality {
  /// Whether every figure is a number.
  package var isFinite: Bool {
    [encoder, decoder].allSatisfy { part in
      [
        part.variance, part.signalToNoise, part.bias, part.magnitude, part.varianceError,
        part.signalToNoiseError, part.biasError,
      ].allSatisfy(\.isFinite)
    }
  }
}
