import Conformance
import Declarations
import Glibc
import JSON
import Layers
import References
import Tensors
import Testing

@testable import Variational

/// Every entry of the reference file, with its likelihood; likelihoods that are not registered yet
/// are left out.
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

@Suite struct LikelihoodsAgainstPyTorch {
  let reference: Reference
  init() throws { reference = try Reference("likelihoods") }

  @Test func theTableHoldsEveryEntry() {
    #expect(Entry.table.map(\.name) == reference.entries)
  }

  /// Each value as a separate example, whose parameters are its output row.
  @Test(arguments: Entry.registered)
  private func oneValueARow(entry: Entry) throws {
    let value = try reference["\(entry.name).value"].values
    let parameters = try reference["\(entry.name).parameters"]
    let expected = try reference["\(entry.name).gradient"]
    let product = try Choice<LikelihoodKind>(json: JSON(parsing: entry.likelihood)).product
    let likelihood = try product.likelihood(shape: [1])
    let width = parameters.values.count / value.count
    #expect(likelihood.outputs == width)
    /// Whether the reference has location and scale as two planes, rather than the logits of a
    /// value together.
    let isPlanes = parameters.shape.extents == [width, value.count] && width > 1
    func byRow(_ tensor: Tensor) -> [Float] {
      guard isPlanes else { return tensor.values }
      return value.indices.flatMap { row in
        (0..<width).map { tensor.values[$0 * value.count + row] }
      }
    }
    let got = try likelihood.run(byRow(parameters), of: value)
    for deviation in [
      Deviation(
        "logDensity", got.logDensity, try reference["\(entry.name).logDensity"].values, .activation),
      Deviation("gradient", got.gradient, byRow(expected), .activation),
    ] { #expect(deviation.isTolerated, "\(deviation)") }
    let half = try likelihood.run(byRow(parameters), of: value, scale: -0.5)
    #expect(half.logDensity == got.logDensity)
    let deviation = Deviation("-1/2", half.gradient, got.gradient.map { -0.5 * $0 }, .entry(1e-6))
    #expect(deviation.isTolerated, "\(deviation)")
  }

  /// All values as one example: the log densities are added, and the outputs are plane by plane.
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

/// The properties of every registered likelihood: a new one needs no addition here.
@Suite struct EveryLikelihood {
  @Test(arguments: LikelihoodExample.all, Property<LikelihoodExample>.all)
  func keepsToTheProperties(example: LikelihoodExample, property: Property<LikelihoodExample>) {
    #expect(property.violations(of: example) == [])
  }
}

/// At random shapes and numbers of rows.
@Suite struct EveryLikelihoodAtRandomShapes {
  private static let count = Dice.isLong ? 100 : 4

  @Test(arguments: LikelihoodKind.registry.rows.map(\.type))
  func keepsToTheProperties(type: String) throws {
    let row = try #require(LikelihoodKind.registry.rows.first { $0.type == type })
    for number in 0..<Self.count {
      var dice = Dice("likelihood \(type)", number)
      let json = dice.choice(row.examples)
      let part = try LikelihoodExample(json).choice.product
      // Groups of columns say their shape themselves.
      let shape = part is Mixed ? part.exampleShape : dice.shape(atMost: 1200)
      let example = LikelihoodExample(
        json, shape: shape, rows: dice.rows(atMost: max(1, 12_000 / shape.count)))
      for property in Property<LikelihoodExample>.ofShapes {
        let violations = property.violations(of: example)
        #expect(violations == [], "ELBO_SEED=\(Dice.seed): \(example), \(property)")
      }
    }
  }
}

/// Rows that could not be read are zeros, or the previous contents of their memory.
@Suite struct ClassesThatAreNone {
  @Test(arguments: [Float.nan, .infinity, -.infinity, -1, 3, 1e30])
  func haveNoDensity(class value: Float) throws {
    let product = try Choice<LikelihoodKind>(
      json: JSON(parsing: #"{"type": "categorical", "classes": 3}"#)
    ).product
    let got = try product.likelihood(shape: [1]).run([0, 1, 2], of: [value])
    #expect(got.logDensity.count { $0.isNaN } == 1)
  }
}

@Suite struct Counts {
  /// Products, logarithms of the gamma function and series agree where they meet.
  @Test(arguments: [0, 1, 2, 8, 9, 255], [0.01, 1, 37.5, 9999.9, 10_000.1, 30_000])
  func theRisingFactorialIsOfOnePiece(x: Double, r: Double) {
    let (value, slope) = logRisingFactorial(x, r)
    #expect(abs(value - (logGamma(r + x) - logGamma(r))) < 1e-9)
    #expect(abs(slope - (digamma(r + x) - digamma(r))) < 1e-11 * max(1, slope))
  }

  /// With a large inverse dispersion the negative binomial is Poisson's, to the last digits.
  @Test(arguments: [0, 1, 9, 255], [-2, 0.5, 5.5])
  func withoutDispersionTheyArePoissons(x: Double, a: Double) {
    let got = NegativeBinomialDensity(scalesByTotal: false).logDensity(x, a, 36)
    let poisson = PoissonDensity().logDensity(x, a, 0)
    #expect(abs(got.value - poisson.value) < 1e-9)
    #expect(abs(got.a - poisson.a) < 1e-9)
    #expect(abs(got.b) < 1e-9)
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
    model.fitFirstWeights(mean: [Double](repeating: 0.25, count: 9))
    let last = model.parameters.tensor(model.parameters.specs.count - 1).values
    #expect(last.allSatisfy { ($0 + Float(log(3.0))).magnitude < 1e-6 })
  }

  /// Below the floor the density is that of the floor, and the log-variance gets no gradient.
  @Test func aLearnedDeviationHasAFloor() throws {
    var gaussian = GaussianLikelihood()
    gaussian.floor = 0.1
    let likelihood = gaussian.likelihood(shape: [1])
    let got = try likelihood.run([0.5, -40], of: [0.6])
    let expected = -0.5 * (log(2 * Double.pi) + 2 * log(0.1) + 1)
    #expect((got.logDensity[0] - expected).magnitude < 1e-5)
    #expect((got.gradient[0] - 10).magnitude < 1e-4 && got.gradient[1] == 0)
  }
}
