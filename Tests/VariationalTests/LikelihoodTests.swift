import Glibc
import JSON
import Layers
import References
import Tensors
import Testing

@testable import Variational

/// Every entry of the reference file and the likelihood that it is of; those that are not registered yet are left out.
private struct Entry: CustomTestStringConvertible, Sendable {
  let name: String
  let likelihood: String
  let testDescription: String

  init(_ name: String, _ likelihood: String) {
    (self.name, self.likelihood, testDescription) = (name, likelihood, name)
  }

  static let table = [
    Entry("bernoulli", #"{"type": "bernoulli"}"#),
    Entry("categorical", #"{"type": "categorical", "classes": 5}"#),
    Entry("continuousBernoulli", #"{"type": "continuousBernoulli"}"#),
    Entry("discretizedLogistic", #"{"type": "discretizedLogistic"}"#),
    Entry("gaussian.fixed", #"{"type": "gaussian", "deviation": 0.5}"#),
    Entry("gaussian.learned", #"{"type": "gaussian"}"#),
    Entry("laplace", #"{"type": "laplace"}"#),
    Entry("negativeBinomial", #"{"type": "negativeBinomial"}"#),
    Entry("poisson", #"{"type": "poisson"}"#),
    Entry("studentT", #"{"type": "studentT", "freedom": 5}"#),
  ]

  static let registered = table.filter { LikelihoodKind.registry.knows($0.likelihood) }
}

extension Likelihood {
  /// log p(x | z) of rows of outputs, and `scale` times its gradient; row r goes with row r / samples of x.
  func run(_ outputs: [Float], of x: [Float], samples: Int = 1, scale: Float = 1) -> (
    logDensity: [Double], gradient: [Float]
  ) {
    var (outputs, x) = (outputs, x)
    var gradient = [Float](repeating: .nan, count: outputs.count)
    let rows = outputs.count / self.outputs
    var (density, inPlace) = (
      [Double](repeating: .nan, count: rows), [Double](repeating: .nan, count: rows)
    )
    x.withUnsafeMutableBufferPointer { x in
      outputs.withUnsafeMutableBufferPointer { outputs in
        gradient.withUnsafeMutableBufferPointer { gradient in
          func block(_ buffer: UnsafeMutableBufferPointer<Float>, _ rows: Int) -> Block {
            Block(
              buffer.baseAddress.unsafelyUnwrapped, rows: rows, columns: buffer.count / rows)
          }
          let (x, output) = (block(x, rows / samples), block(outputs, rows))
          evaluate(
            output, of: x, samples: samples, scale: scale, into: &density,
            gradient: block(gradient, rows))
          evaluate(
            output, of: x, samples: samples, scale: scale, into: &inPlace, gradient: output)
        }
      }
    }
    #expect(density == inPlace, "the gradient may take the place of the outputs")
    #expect(gradient == outputs, "the gradient may take the place of the outputs")
    return (density, gradient)
  }
}

@Suite struct LikelihoodsAgainstPyTorch {
  let reference: Reference
  init() throws { reference = try Reference("likelihoods") }

  @Test func theTableHoldsEveryEntry() {
    #expect(Entry.table.map(\.name) == reference.entries)
  }

  /// Each value as an example of its own: its parameters are its output row.
  @Test(arguments: Entry.registered)
  private func oneValueARow(entry: Entry) throws {
    let value = try reference["\(entry.name).value"].values
    let parameters = try reference["\(entry.name).parameters"]
    let expected = try reference["\(entry.name).gradient"]
    let product = try Choice<LikelihoodKind>(json: JSON(parsing: entry.likelihood)).product
    let likelihood = try product.likelihood(shape: [1])
    let width = parameters.values.count / value.count
    #expect(likelihood.outputs == width)
    /// The reference has location and scale as two planes, and the logits of a value together.
    let isPlanes = parameters.shape.extents == [width, value.count] && width > 1
    func byRow(_ tensor: Tensor) -> [Float] {
      guard isPlanes else { return tensor.values }
      return value.indices.flatMap { row in
        (0..<width).map { tensor.values[$0 * value.count + row] }
      }
    }
    let got = likelihood.run(byRow(parameters), of: value)
    for deviation in [
      Deviation(
        "logDensity", got.logDensity, try reference["\(entry.name).logDensity"].values, .activation),
      Deviation("gradient", got.gradient, byRow(expected), .activation),
    ] { #expect(deviation.isTolerated, "\(deviation)") }
    let half = likelihood.run(byRow(parameters), of: value, scale: -0.5)
    #expect(half.logDensity == got.logDensity)
    let deviation = Deviation("-1/2", half.gradient, got.gradient.map { -0.5 * $0 }, .entry(1e-6))
    #expect(deviation.isTolerated, "\(deviation)")
  }

  /// All values as one example: the log densities add up, and the outputs stand plane by plane.
  @Test(arguments: Entry.registered.filter { $0.name != "categorical" })
  private func allValuesInARow(entry: Entry) throws {
    let value = try reference["\(entry.name).value"]
    let product = try Choice<LikelihoodKind>(json: JSON(parsing: entry.likelihood)).product
    let got = try product.likelihood(shape: value.shape).run(
      try reference["\(entry.name).parameters"].values, of: value.values)
    let sum = try reference["\(entry.name).logDensity"].values.reduce(0) { $0 + Double($1) }
    for deviation in [
      Deviation("sum", got.logDensity, [sum], .activation),
      Deviation(
        "gradient", got.gradient, try reference["\(entry.name).gradient"].values, .activation),
    ] { #expect(deviation.isTolerated, "\(deviation)") }
  }
}

/// An example of a registered likelihood: what the tests over all of them run over.
struct LikelihoodExample: CustomTestStringConvertible, Sendable {
  let json: JSON
  var testDescription: String { json.line }

  static let all = LikelihoodKind.registry.rows.flatMap { $0.examples.map(Self.init) }

  func likelihood(_ shape: Shape) throws -> any Likelihood {
    try Choice<LikelihoodKind>(json: json).product.likelihood(shape: shape)
  }
}

extension Likelihood {
  /// Draws, one for each row of outputs.
  func draws(_ outputs: [Float], seed: UInt64) -> [Float] {
    var outputs = outputs
    let rows = outputs.count / self.outputs
    let width = shape.count
    var x = numbers(rows * width, seed: seed).map { min(max(0.5 + 0.5 * $0, 1e-6), 1 - 1e-6) }
    outputs.withUnsafeMutableBufferPointer { outputs in
      x.withUnsafeMutableBufferPointer { x in
        draw(
          Block(
            outputs.baseAddress.unsafelyUnwrapped, rows: rows, columns: outputs.count / rows),
          into: Block(x.baseAddress.unsafelyUnwrapped, rows: rows, columns: width))
      }
    }
    return x
  }
}

/// What holds for every registered likelihood: nothing is added here for a new one.
@Suite struct EveryLikelihood {
  @Test(arguments: LikelihoodExample.all)
  func gradientIsThatOfCentralDifferences(example: LikelihoodExample) throws {
    let likelihood = try example.likelihood([3])
    let rows = 6
    var outputs = numbers(rows * likelihood.outputs, seed: 21)
    let x = likelihood.draws(outputs, seed: 22)
    let got = likelihood.run(outputs, of: x)
    var compared = 0
    for index in outputs.indices {
      func density(_ step: Float) -> Double {
        let value = outputs[index]
        defer { outputs[index] = value }
        outputs[index] += step
        return likelihood.run(outputs, of: x).logDensity.reduce(0, +)
      }
      let slopes = [Float(1) / 32, 1 / 64].map { (density($0) - density(-$0)) / Double(2 * $0) }
      let expected = (4 * slopes[1] - slopes[0]) / 3
      let allowed = 2e-3 * max(1, expected.magnitude)
      // Where two steps disagree there is a kink between them, as Laplace's has.
      guard (slopes[0] - slopes[1]).magnitude < allowed else { continue }
      compared += 1
      #expect((Double(got.gradient[index]) - expected).magnitude < allowed)
    }
    #expect(compared * 10 >= outputs.count * 8, "\(compared) of \(outputs.count)")
  }

  @Test(arguments: LikelihoodExample.all)
  func samplesShareTheirExample(example: LikelihoodExample) throws {
    let likelihood = try example.likelihood([3])
    let outputs = numbers(6 * likelihood.outputs, seed: 21)
    let x = Array(likelihood.draws(outputs, seed: 22).prefix(2 * 3))
    let shared = likelihood.run(outputs, of: x, samples: 3)
    let repeated = likelihood.run(
      outputs, of: (0..<6).flatMap { Array(x[$0 / 3 * 3..<$0 / 3 * 3 + 3]) })
    #expect(shared.logDensity == repeated.logDensity && shared.gradient == repeated.gradient)
  }

  /// Draws lie in the support, and their mean is the mean. (A mean of class numbers would mean nothing: there it is the
  /// most probable class.)
  @Test(arguments: LikelihoodExample.all)
  func drawsHaveTheMean(example: LikelihoodExample) throws {
    let likelihood = try example.likelihood([3])
    let row = numbers(likelihood.outputs, seed: 23)
    let rows = 10_000
    var outputs = (0..<rows).flatMap { _ in row }
    var x = likelihood.draws(outputs, seed: 24)
    var mean: [Float] = [0, 0, 0]
    outputs.withUnsafeMutableBufferPointer { outputs in
      mean.withUnsafeMutableBufferPointer { mean in
        likelihood.mean(
          Block(outputs.baseAddress.unsafelyUnwrapped, rows: 1, columns: row.count),
          into: Block(mean.baseAddress.unsafelyUnwrapped, rows: 1, columns: 3))
      }
    }
    x.withUnsafeMutableBufferPointer { x in
      let block = Block(x.baseAddress.unsafelyUnwrapped, rows: rows, columns: 3)
      #expect(likelihood.firstOutside(block) == nil)
    }
    if example.json["type"]?.text == Categorical.type { return }
    for column in 0..<3 {
      let values = (0..<rows).map { Double(x[3 * $0 + column]) }
      let average = values.reduce(0, +) / Double(rows)
      let squares = values.reduce(0) { $0 + ($1 - average) * ($1 - average) }
      let error = (squares / Double(rows * (rows - 1))).squareRoot()
      #expect((average - Double(mean[column])).magnitude < 4.5 * error + 1e-5)
    }
  }
}

@Suite struct BernoulliAndGaussian {
  /// The logit of the mean, which is clipped to [0.001, 0.999].
  @Test func biasBeginsAtTheLogitOfTheMean() throws {
    let likelihood = Bernoulli().likelihood(shape: [4])
    let limit = Float(log(999.0))
    #expect(
      Deviation(
        "bias", likelihood.initialBias(mean: [0, 0.25, 0.5, 1]),
        [-limit, -Float(log(3.0)), 0, limit], .entry(1e-6)
      ).isTolerated)
    let model = try Small.model("plain")
    model.fitBias(toMean: [Double](repeating: 0.25, count: 9))
    let last = model.parameters.tensor(model.parameters.specs.count - 1).values
    #expect(last.allSatisfy { ($0 + Float(log(3.0))).magnitude < 1e-6 })
  }

  /// Below the floor the density is the floor's, and the log-variance takes no gradient.
  @Test func aLearnedDeviationHasAFloor() throws {
    var gaussian = GaussianLikelihood()
    gaussian.floor = 0.1
    let likelihood = gaussian.likelihood(shape: [1])
    let got = likelihood.run([0.5, -40], of: [0.6])
    let expected = -0.5 * (log(2 * Double.pi) + 2 * log(0.1) + 1)
    #expect((got.logDensity[0] - expected).magnitude < 1e-5)
    #expect((got.gradient[0] - 10).magnitude < 1e-4 && got.gradient[1] == 0)
  }
}
