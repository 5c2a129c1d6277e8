import Declarations
import Layers
import Tensors
import Testing

@testable import Variational

/// The roles that likelihoods and parameters declare.
@Suite struct Roles {
  private func model(last: LayerChoice, _ likelihood: Choice<LikelihoodKind>) throws -> Model {
    var spec = ModelSpec()
    (spec.shape, spec.latent, spec.likelihood) = ([6], 2, likelihood)
    spec.encoder = [LayerChoice(Dense()) { $0 }]
    spec.decoder = [LayerChoice(Dense()) { $0 }, last]
    return try Model(spec)
  }

  @Test func theBernoulliTakesInASigmoidAlone() throws {
    let bernoulli = Choice<LikelihoodKind>(Bernoulli()) { $0 }
    let sigmoid = try model(last: LayerChoice(Sigmoid()) { $0 }, bernoulli)
    #expect(sigmoid.decoder.layers.map(\.type) == ["dense"])
    #expect(sigmoid.decoderLayers.map(\.type) == ["dense", "sigmoid"])
    let tanh = try model(last: LayerChoice(Tanh()) { $0 }, bernoulli)
    #expect(tanh.decoder.layers.map(\.type) == ["dense", "tanh"])
    let poisson = Choice<LikelihoodKind>(Poisson()) { $0 }
    let other = try model(last: LayerChoice(Sigmoid()) { $0 }, poisson)
    #expect(other.decoder.layers.map(\.type) == ["dense", "sigmoid"])
  }

  /// Every layer with a matrix or a bias by name declares its role: otherwise it is neither fitted
  /// to the data's mean nor read from other programs' files.
  @Test func layersDeclareTheirWeights() throws {
    var found = (weights: 0, biases: 0)
    for row in LayerKind.registry.rows {
      for example in row.examples {
        let layer = try LayerChoice(json: example)
        let stack = try Stack([layer], input: layer.product.exampleInput, name: "encoder")
        for spec in stack.parameters {
          let name = spec.name.split(separator: ".").last ?? ""
          let isMatrix = spec.shape.extents.count == 2
          if isMatrix, name.lowercased().hasSuffix("weight") {
            #expect(spec.role == .weight, "\(row.type): \(spec.name)")
            found.weights += 1
          } else if name == "bias" {
            #expect(spec.role == .bias, "\(row.type): \(spec.name)")
            found.biases += 1
          } else {
            #expect(spec.role == .other, "\(row.type): \(spec.name)")
          }
        }
      }
    }
    #expect(found.weights > 3 && found.biases > 3)
  }

  @Test func theLastBiasIsFittedToTheMean() throws {
    let model = try model(
      last: LayerChoice(Sigmoid()) { $0 }, Choice<LikelihoodKind>(Bernoulli()) { $0 })
    model.fitFirstWeights(mean: [0.5, 0.5, 0.5, 0.5, 0.5, 0.75])
    let bias = try #require(model.parameters.index(of: "decoder.0.bias"))
    let values = model.parameters.tensor(bias).values
    #expect(values.prefix(5).allSatisfy { $0.magnitude < 1e-6 })
    #expect((values[5] - 1.0986123).magnitude < 1e-5)
  }
}
