import Conformance
import Declarations
import Glibc
import JSON
import Layers
import References
import Tensors
import Testing

@testable import Variational

extension PriorKind {
  /// The examples of every registered prior, so that tests over all of them need no additions.
  static let examples = registry.rows.flatMap { $0.examples.map(\.line) }
}

/// A registered prior in a small model, on plain arrays, with its parameters moved away from their
/// initial values.
private final class PriorPasses {
  let model: Model
  private let inputs: EncodedInputs?
  private let buffers: PriorBuffers
  private let gradients: Parameters
  let draws: Int

  var latent: Int { model.spec.latent }

  init(_ json: String, latent: Int, draws: Int = 6) throws {
    var spec = try spec(Small.plain.replacing("relu", with: "tanh"))
    spec.latent = latent
    spec.prior = try Choice(json: JSON(parsing: json))
    model = try Model(spec)
    for index in model.priorParameters { model.parameters.move(index) }
    inputs = model.prior.encodedInputs == 0 ? nil : try EncodedInputs(model, isTraining: true)
    buffers = try PriorBuffers(model, draws: draws, inputs: inputs, isTraining: true)
    gradients = try Parameters(model.parameters.specs)
    self.draws = draws
  }

  func logDensity(_ z: [Float]) -> [Double] {
    let rows = Rowed(z, z.count / latent)
    defer { withExtendedLifetime(rows) {} }
    var logDensity = [Double](repeating: .nan, count: rows.block.rows)
    inputs?.encode()
    buffers.logDensity(rows.block, into: &logDensity)
    return logDensity
  }

  /// Returns the gradients in z and in every parameter of the model.
  func backward(
    _ z: [Float], path: [Float], score: [Float]
  ) -> (z: [Float], parameters: [[Float]]) {
    _ = logDensity(z)
    gradients.all.update(repeating: 0)
    let (rows, dz) = (Rowed(z, draws), Rowed(zeros: draws, latent))
    defer { withExtendedLifetime((rows, dz)) {} }
    path.withUnsafeBufferPointer { path in
      score.withUnsafeBufferPointer { score in
        buffers.backward(
          rows.block,
          weights: PriorWeights(
            path: path.baseAddress.unsafelyUnwrapped, score: score.baseAddress.unsafelyUnwrapped),
          adding: dz.block, gradients: gradients.blocks)
      }
    }
    if let inputs {
      inputs.backward(0, slopes: [buffers.inputSlope], gradients.blocks)
      for case .product(let product) in GradientPiece.cut(model, gradients)
      where !product.isDecoder {
        inputs.addOuterProduct(
          product,
          into: gradients.blocks[product.parameter].rows(product.rows).columns(product.columns))
      }
    }
    return (dz.values, gradients.specs.indices.map { gradients.tensor($0).values })
  }
}

/// The properties of every registered prior: a new one needs no addition here.
@Suite struct EveryPrior {
  /// Returns log p(z) on a grid of 401 x 401 points over ±12, and the mass of a cell.
  private func grid(_ passes: PriorPasses) -> (z: [Float], weights: [Double]) {
    let (points, width) = (401, 24.0 / 400)
    var z: [Float] = []
    for i in 0..<points {
      for j in 0..<points { z += [Float(-12 + width * Double(i)), Float(-12 + width * Double(j))] }
    }
    var densities: [Double] = []
    for start in stride(from: 0, to: z.count, by: 2 * passes.draws) {
      densities += passes.logDensity(Array(z[start..<min(z.count, start + 2 * passes.draws)]))
    }
    return (z, densities.map { exp($0) * width * width })
  }

  /// Over two latents: the density integrates to one, and draws have its moments.
  @Test(arguments: PriorKind.examples)
  func drawsAreThoseOfTheDensity(json: String) throws {
    let passes = try PriorPasses(json, latent: 2, draws: 256)
    let (z, weights) = grid(passes)
    #expect((weights.reduce(0, +) - 1).magnitude < 1e-3)
    let draws = try passes.model.latents(40_000, seed: 3, temperature: 1).values
    let functions: [(Double, Double) -> Double] = [
      { a, _ in a }, { _, b in b }, { a, _ in a * a }, { a, b in a * b }, { _, b in b * b },
      { a, b in exp(-(a - 0.7) * (a - 0.7) - b * b) },
      { a, b in exp(-2 * (a + 0.5) * (a + 0.5) - 2 * (b - 1) * (b - 1)) },
    ]
    for (index, function) in functions.enumerated() {
      var expected = 0.0
      for (place, weight) in weights.enumerated() {
        expected += weight * function(Double(z[2 * place]), Double(z[2 * place + 1]))
      }
      var moments = Moments()
      for draw in 0..<draws.count / 2 {
        moments.add(function(Double(draws[2 * draw]), Double(draws[2 * draw + 1])))
      }
      let error = moments.varianceOfMean.squareRoot()
      #expect(
        (moments.mean - expected).magnitude < 4.5 * error + 1e-3,
        "\(index): density \(expected), draws \(moments.mean)")
    }
  }

  @Test(arguments: PriorKind.examples)
  func temperatureMultipliesTheNoise(json: String) throws {
    let model = try PriorPasses(json, latent: 2).model
    let (cold, warm) = (
      try model.latents(500, seed: 3, temperature: 0.1),
      try model.latents(500, seed: 3, temperature: 1)
    )
    #expect(cold.values != warm.values && cold.values.allSatisfy { $0.isFinite })
    #expect(
      try model.latents(300, seed: 3, temperature: 1).values == Array(warm.values.prefix(600)))
  }

  /// The gradient of sum of w log p(z) in z and in every parameter of the model, including the
  /// encoder's if it takes part.
  @Test(arguments: PriorKind.examples, [2, 3])
  func gradientIsThatOfCentralDifferences(json: String, latent: Int) throws {
    let passes = try PriorPasses(json, latent: latent)
    let z = numbers(passes.draws * latent, seed: 31).map { 1.5 * $0 }
    let path = numbers(passes.draws, seed: 32).map { 1 + 0.5 * $0 }
    let score = numbers(passes.draws, seed: 33).map { 1 + 0.5 * $0 }
    let got = passes.backward(z, path: path, score: score)
    func value(_ z: [Float], _ weights: [Float]) -> Double {
      zip(passes.logDensity(z), weights).reduce(0.0) { $0 + $1.0 * Double($1.1) }
    }
    for entry in z.indices {
      let expected = difference { step in
        var z = z
        z[entry] += step
        return value(z, path)
      }
      #expect((Double(got.z[entry]) - expected).magnitude < 2e-3 * max(1, expected.magnitude))
    }
    checkParameters(passes.model, passes.model.parameters.specs.indices, got.parameters) {
      value(z, score)
    }
  }

  /// The gradients through z and through the parameters are separate.
  @Test(arguments: PriorKind.examples)
  func pathAndScoreAreApart(json: String) throws {
    let passes = try PriorPasses(json, latent: 3)
    let z = numbers(passes.draws * 3, seed: 31)
    let (ones, zeros) = ([Float](repeating: 1, count: 6), [Float](repeating: 0, count: 6))
    let path = passes.backward(z, path: ones, score: zeros)
    #expect(path.parameters.joined().allSatisfy { $0 == 0 })
    #expect(path.z.contains { $0 != 0 })
    let score = passes.backward(z, path: zeros, score: ones)
    #expect(score.z.allSatisfy { $0 == 0 })
  }
}
