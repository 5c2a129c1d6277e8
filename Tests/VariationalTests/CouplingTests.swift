import Declarations
import Glibc
import JSON
import Tensors
import Testing

@testable import Variational

/// A second implementation of the prior `flow`, in float64 from noise to latents: log p(z) = log
/// N(noise) - sum of s.
private struct ReferenceCoupling {
  let latent: Int
  let units: Int
  let layers: Int
  var parameters: [String: [Double]] = [:]

  init(_ model: Model, units: Int, layers: Int) {
    (latent, self.units, self.layers) = (model.spec.latent, units, layers)
    for index in model.priorParameters {
      let values = model.parameters.tensor(index).values
      parameters[model.parameters.specs[index].name] = values.map(Double.init)
    }
  }

  func draw(_ noise: [Double]) -> (z: [Double], density: Double) {
    var z = noise
    var density = noise.reduce(0) { $0 - 0.5 * (log(2 * Double.pi) + $1 * $1) }
    for layer in 0..<layers {
      func parameter(_ name: String) -> [Double] { parameters["prior.\(layer).\(name)"] ?? [] }
      let (low, high) = (Array(0..<latent / 2), Array(latent / 2..<latent))
      let (read, changed) = layer % 2 == 0 ? (low, high) : (high, low)
      let hidden = (0..<units).map { k in
        let sum = read.enumerated().reduce(parameter("hidden.bias")[k]) {
          $0 + z[$1.element] * parameter("hidden.weight")[$1.offset * units + k]
        }
        return tanh(sum)
      }
      func output(_ name: String, _ i: Int) -> Double {
        (0..<units).reduce(parameter("\(name).bias")[i]) {
          $0 + hidden[$1] * parameter("\(name).weight")[$1 * changed.count + i]
        }
      }
      for (i, place) in changed.enumerated() {
        let s = tanh(output("scale", i))
        z[place] = z[place] * exp(s) + output("shift", i)
        density -= s
      }
    }
    return (z, density)
  }
}

@Suite struct CouplingTests {
  private func model(latent: Int, layers: Int, isMoved: Bool) throws -> Model {
    var spec = try spec(Small.plain)
    spec.latent = latent
    spec.prior = try Choice(
      json: JSON(parsing: #"{"type": "flow", "layers": \#(layers), "units": 5}"#))
    let model = try Model(spec)
    if isMoved { for index in model.priorParameters { model.parameters.move(index) } }
    return model
  }

  private func noise(_ draws: Int, _ latent: Int) -> [Float] {
    let rows = Rowed(zeros: draws, latent)
    let names = (0..<UInt32(draws)).map { $0 }
    names.withUnsafeBufferPointer {
      Random(seed: 3, .prior).normal(into: rows.block, rows: $0.baseAddress.unsafelyUnwrapped)
    }
    return rows.values
  }

  private func density(_ model: Model, _ z: [Float]) throws -> [Double] {
    let rows = Rowed(z, z.count / model.spec.latent)
    defer { withExtendedLifetime(rows) {} }
    var density = [Double](repeating: .nan, count: rows.block.rows)
    try PriorBuffers(model, draws: rows.block.rows, isTraining: false).logDensity(
      rows.block, into: &density)
    return density
  }

  /// Draws follow the equations; their density computed from the latents equals that from the
  /// noise.
  @Test(arguments: [2, 3, 5, 8], [1, 2, 5])
  func drawsAndDensityAreThoseOfTheEquations(latent: Int, layers: Int) throws {
    let model = try model(latent: latent, layers: layers, isMoved: true)
    let reference = ReferenceCoupling(model, units: 5, layers: layers)
    let draws = 40
    let z = try model.latents(draws, seed: 3, temperature: 1).values
    let (noise, density) = (noise(draws, latent), try density(model, z))
    for draw in 0..<draws {
      let range = draw * latent..<(draw + 1) * latent
      let expected = reference.draw(noise[range].map(Double.init))
      let allowed = 2e-5 * max(1, expected.density.magnitude)
      #expect((density[draw] - expected.density).magnitude < allowed)
      for (got, exact) in zip(z[range], expected.z) {
        #expect((Double(got) - exact).magnitude < 1e-5 * max(1, exact.magnitude))
      }
    }
  }

  @Test func beginsAsTheStandardNormal() throws {
    let model = try model(latent: 4, layers: 3, isMoved: false)
    let noise = noise(20, 4)
    #expect(try model.latents(20, seed: 3, temperature: 1).values == noise)
    for (draw, density) in try density(model, noise).enumerated() {
      let expected = noise[draw * 4..<draw * 4 + 4].reduce(0.0) {
        $0 - 0.5 * (log(2 * Double.pi) + Double($1) * Double($1))
      }
      #expect((density - expected).magnitude < 1e-5)
    }
  }

  /// Draws between a density and its gradient do not change what the gradient needs.
  @Test func drawsDoNotDisturbGradients() throws {
    let model = try model(latent: 4, layers: 3, isMoved: true)
    let buffers = try PriorBuffers(model, draws: 6, isTraining: true)
    let z = Rowed(noise(6, 4), 6)
    let ones = [Float](repeating: 1, count: 6)
    func gradient(drawsBetween: Bool) -> [Float] {
      let (dz, drawn) = (Rowed(zeros: 6, 4), Rowed(zeros: 6, 4))
      defer { withExtendedLifetime((dz, drawn)) {} }
      var density = [Double](repeating: .nan, count: 6)
      buffers.logDensity(z.block, into: &density)
      ones.withUnsafeBufferPointer { ones in
        let weight = ones.baseAddress.unsafelyUnwrapped
        if drawsBetween {
          buffers.draw(Random(seed: 9, .prior), [0, 1, 2, 3, 4, 5], into: drawn.block)
        }
        buffers.backward(
          z.block, weights: PriorWeights(path: weight, score: weight), adding: dz.block)
      }
      return dz.values
    }
    #expect(gradient(drawsBetween: true) == gradient(drawsBetween: false))
  }

  @Test func needsTwoLatents() throws {
    let fault = try #require(throws: Fault.self) {
      try model(latent: 1, layers: 2, isMoved: false)
    }
    #expect(fault.kind == .params && fault.path == "prior.type", "\(fault)")
    #expect(fault.got == "1" && fault.expected != nil && fault.hint != nil)
  }
}
