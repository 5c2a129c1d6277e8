import JSON
import Layers
import Tensors
import Testing

@testable import Variational

/// The diagnosis finds the layer in which the first number that is not finite arises.
@Suite struct Diagnoses {
  private static let nested = """
    {"shape": [9], "latent": 3, "likelihood": {"type": "gaussian"}, "seed": 3,
     "encoder": [{"type": "dense", "units": 8}, {"type": "residual", "layers":
       [{"type": "relu"}, {"type": "dense"}]}, {"type": "dense"}],
     "decoder": [{"type": "dense", "units": 7}, {"type": "tanh"}, {"type": "dense"}]}
    """

  /// Fills the parameter named `name` with a number, and returns the diagnosis.
  private func place(_ name: String, _ value: Float, _ text: String = nested) throws -> String? {
    let model = try Model(spec(text))
    let index = try #require(model.parameters.index(of: name))
    let shape = model.parameters.specs[index].shape
    model.parameters.assign(
      Tensor(shape, [Float](repeating: value, count: shape.count)), to: index)
    let data = Rows([9], (0..<18).map { 0.25 + Float($0 % 5) })
    return try Diagnosis(model).place(of: 1, in: data, samples: 100, seed: 0)
  }

  @Test(arguments: [
    ("encoder.0.weight", Float.infinity, "layer encoder.0 (dense)"),
    ("encoder.1.layers.1.weight", .nan, "layer encoder.1.layers.1 (residual)"),
    // Finite as parameters, but their products are not.
    ("encoder.0.weight", 3e38, "layer encoder.0 (dense)"),
    // Log-variances whose deviation is infinite.
    ("encoder.2.bias", 1e6, "the posterior (gaussian)"),
    ("decoder.0.bias", .nan, "layer decoder.0 (dense)"),
    ("decoder.2.bias", -.infinity, "layer decoder.2 (dense)"),
  ])
  func nameTheLayer(parameter: String, value: Float, expected: String) throws {
    #expect(try place(parameter, value) == expected)
  }

  @Test func nameTheLikelihoodAndThePrior() throws {
    let poisson = Self.nested.replacing("gaussian", with: "poisson")
    #expect(try place("decoder.2.bias", 2000, poisson) == "the likelihood (poisson)")
    let mixture = Self.nested.replacing(
      "\"seed\": 3", with: "\"prior\": {\"type\": \"mixture\", \"components\": 2}")
    let names = try Model(spec(mixture)).parameters.specs.map(\.name).filter {
      $0.hasPrefix("prior.")
    }
    #expect(try place(try #require(names.first), .nan, mixture) == "the prior (mixture)")
  }

  @Test func areNoneOfWhatIsFinite() throws {
    #expect(try place("encoder.2.bias", 0.5) == nil)
  }

  @Test func lookAtTheRowItself() throws {
    let model = try Model(spec(Self.nested))
    let data = Rows([9], [Float](repeating: .nan, count: 9))
    #expect(
      try Diagnosis(model).place(of: 0, in: data, samples: 1, seed: 0) == "the row itself")
  }

  @Test func lookAtALatent() throws {
    let model = try Model(spec(Self.nested))
    let diagnosis = Diagnosis(model)
    #expect(diagnosis.place(decoding: [0, 0, 0], x: [Float](repeating: 0, count: 9)) == nil)
    #expect(
      diagnosis.place(decoding: [0, .nan, 0]) == "the draw from the prior (standardNormal)")
    let bias = try #require(model.parameters.index(of: "decoder.0.bias"))
    model.parameters.assign(Tensor([7], [Float](repeating: .nan, count: 7)), to: bias)
    #expect(Diagnosis(model).place(decoding: [0, 0, 0]) == "layer decoder.0 (dense)")
  }
}

/// Densities of invalid numbers end at once.
@Suite struct DensitiesOfNothing {
  @Test(arguments: [Double.nan, .infinity, -.infinity, 1e38, -1e38, 1e-40, -1e-40, 0, -1000, 1000])
  func ofNegativeBinomialCounts(b: Double) {
    let density = NegativeBinomialDensity(scalesByTotal: false)
    for a in [Double.nan, .infinity, -.infinity, 0, 1e38] {
      for x in [0.0, 1, 3, 8, 9, 1e6] {
        let got = density.logDensity(x, a, b)
        if a.isNaN || b.isNaN { #expect(got.value.isNaN) }
      }
    }
  }

  @Test func ofSpecialFunctions() {
    #expect(digamma(.nan).isNaN)
    // The steps are counted, because adding one to an infinite number never ends.
    #expect(!digamma(-.infinity).isFinite)
    for x in [Double.nan, .infinity, -.infinity] {
      for r in [1.0, 1e-300, .nan, .infinity] { _ = logRisingFactorial(x, r) }
    }
    #expect(logRisingFactorial(3, .nan).value.isNaN)
    // Valid arguments give the values as before: log (2 * 3 * 4), 1/2 + 1/3 + 1/4.
    let known = logRisingFactorial(3, 2)
    #expect((known.value - 3.1780538303479458).magnitude < 1e-12)
    #expect((known.slope - 13.0 / 12).magnitude < 1e-12)
  }
}
