import Glibc
import JSON
import References
import Tensors
import Testing

@testable import Variational

/// A second implementation of the posterior `flow`, in float64 by the papers' equations, one number
/// at a time.
private struct ReferenceFlow {
  let latent: Int
  let layers: Int
  /// Zero for planar layers.
  let units: Int
  /// The parameters of the flow, by name.
  var parameters: [String: [Double]] = [:]

  static let planar = #"{"type": "flow", "kind": "planar", "layers": 3}"#
  static let autoregressive = #"{"type": "flow", "layers": 3, "units": 7}"#
  static let all = [planar, autoregressive]

  init(_ passes: PosteriorPasses, _ json: String) {
    (latent, layers, units) = (passes.latent, 3, json == Self.planar ? 0 : 7)
    for index in passes.model.posteriorParameters {
      let values = passes.model.parameters.tensor(index).values
      parameters[passes.model.parameters.specs[index].name] = values.map(Double.init)
    }
  }

  func draw(_ h: ArraySlice<Double>, _ noise: ArraySlice<Double>) -> (z: [Double], density: Double)
  {
    let (h, noise) = (Array(h), Array(noise))
    var density = 0.0
    var z = (0..<latent).map { i in
      density -= 0.5 * (log(2 * Double.pi) + h[latent + i] + noise[i] * noise[i])
      return h[i] + exp(h[latent + i] / 2) * noise[i]
    }
    for layer in 0..<layers {
      let (after, determinant) =
        units == 0 ? planar(layer, h, z) : autoregressive(layer, Array(h[(2 * latent)...]), z)
      z = after
      density -= log(determinant)
    }
    return (z, density)
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private func planar(
    _ layer: Int, _ h: [Double], _ z: [Double]
  ) -> (z: [Double], determinant: Double) {
    let start = 2 * latent + layer * (2 * latent + 1)
    let (w, u) = (
      Array(h[start..<start + latent]), Array(h[start + latent..<start + 2 * latent])
    )
    let x = dot(w, u)
    let m = log(1 + exp(x) * (M_E - 1)) - 1
    let uHat = zip(u, w).map { $0 + (m - x) * $1 / dot(w, w) }
    let tanh = tanh(dot(w, z) + h[start + 2 * latent])
    return (
      zip(z, uHat).map { $0 + $1 * tanh }, 1 + (1 - tanh * tanh) * dot(w, uHat)
    )
  }

  private func autoregressive(
    _ layer: Int, _ context: [Double], _ z: [Double]
  ) -> (z: [Double], determinant: Double) {
    func parameter(_ name: String) -> [Double] { parameters["posterior.\(layer).\(name)"] ?? [] }
    func rank(_ i: Int) -> Int { layer % 2 == 0 ? i : latent - 1 - i }
    let hidden = (0..<units).map { k in
      let degree = k * latent / units
      var sum = parameter("hidden.bias")[k] + context[k]
      for j in 0..<latent where degree > rank(j) {
        sum += parameter("hidden.weight")[j * units + k] * z[j]
      }
      return sum > 0 ? sum : exp(sum) - 1
    }
    func output(_ name: String, _ i: Int) -> Double {
      (0..<units).filter { $0 * latent / units <= rank(i) }.reduce(parameter("\(name).bias")[i]) {
        $0 + hidden[$1] * parameter("\(name).weight")[$1 * latent + i]
      }
    }
    var determinant = 1.0
    let after = (0..<latent).map { i in
      let sigma = 1 / (1 + exp(-output("gate", i)))
      determinant *= sigma
      return sigma * z[i] + (1 - sigma) * output("shift", i)
    }
    return (after, determinant)
  }
}

@Suite struct FlowTests {
  @Test(arguments: ReferenceFlow.all, [1, 2, 4])
  func drawsAreThoseOfTheEquations(json: String, latent: Int) throws {
    let passes = try PosteriorPasses(json, latent: latent)
    let reference = ReferenceFlow(passes, json)
    let (h, noise) = (passes.h.map(Double.init), passes.noise.map(Double.init))
    let got = passes.sample()
    for draw in 0..<passes.draws {
      let width = passes.posterior.inputs
      let row = draw / passes.samples * width
      let expected = reference.draw(
        h[row..<row + width], noise[draw * latent..<(draw + 1) * latent])
      #expect((got.logDensity[draw] - expected.density).magnitude < 1e-5)
      for i in 0..<latent {
        #expect((Double(got.z[draw * latent + i]) - expected.z[i]).magnitude < 1e-5)
      }
    }
  }

  /// The gradient of sum of c z - w log q, compared with central differences of the equations.
  @Test(arguments: ReferenceFlow.all, [1, 2, 4])
  func gradientsAreThoseOfTheEquations(json: String, latent: Int) throws {
    let passes = try PosteriorPasses(json, latent: latent)
    var reference = ReferenceFlow(passes, json)
    let dz = numbers(passes.draws * latent, seed: 13)
    let weights = numbers(passes.draws, seed: 14).map { 1 + 0.5 * $0 }
    let got = passes.backward(dz, path: weights, score: weights)
    let width = passes.posterior.inputs
    var h = passes.h.map(Double.init)
    let noise = passes.noise.map(Double.init)
    func value() -> Double {
      (0..<passes.draws).reduce(0.0) { sum, draw in
        let row = draw / passes.samples * width
        let one = reference.draw(
          h[row..<row + width], noise[draw * latent..<(draw + 1) * latent])
        return (0..<latent).reduce(sum - Double(weights[draw]) * one.density) {
          $0 + Double(dz[draw * latent + $1]) * one.z[$1]
        }
      }
    }
    func check(_ name: String, _ got: Float, _ move: (Double) -> Void) {
      let step = 1e-5
      move(step)
      let above = value()
      move(-2 * step)
      let expected = (above - value()) / (2 * step)
      move(step)
      let error = (Double(got) - expected).magnitude
      #expect(error < 2e-5 * max(1, expected.magnitude), "\(name): \(expected), got \(got)")
    }
    for entry in h.indices { check("h[\(entry)]", got.h[entry]) { h[entry] += $0 } }
    for (index, gradient) in zip(passes.model.posteriorParameters, got.parameters) {
      let name = passes.model.parameters.specs[index].name
      for entry in gradient.indices {
        check("\(name)[\(entry)]", gradient[entry]) { reference.parameters[name]?[entry] += $0 }
      }
    }
  }

  /// exp(log q) times the lengths, or the areas, of the images of steps of the noise: the density
  /// integrates to one.
  @Test(arguments: ReferenceFlow.all, [1, 2])
  func densityIntegratesToOne(json: String, latent: Int) throws {
    let points = latent == 1 ? 2000 : 300
    let passes = try PosteriorPasses(
      json, latent: latent, rows: 1, samples: latent == 1 ? points : points * points)
    func draws(_ offset: Double) -> (z: [Float], logDensity: [Double]) {
      func place(_ i: Int) -> Float { Float(-6 + (Double(i) + offset) * 12 / Double(points)) }
      let noise = (0..<passes.draws).flatMap {
        latent == 1 ? [place($0)] : [place($0 / points), place($0 % points)]
      }
      let got = passes.sample(noise: noise)
      return (got.z, got.logDensity)
    }
    // Corners from one grid, densities from the grid of midpoints.
    let (corners, middles) = (draws(0).z.map(Double.init), draws(0.5).logDensity)
    var mass = 0.0
    if latent == 1 {
      for i in 0..<points - 1 { mass += exp(middles[i]) * (corners[i + 1] - corners[i]) }
    } else {
      for i in 0..<points - 1 {
        for j in 0..<points - 1 {
          func corner(_ i: Int, _ j: Int) -> (x: Double, y: Double) {
            (corners[2 * (i * points + j)], corners[2 * (i * points + j) + 1])
          }
          let (a, b, c, d) = (
            corner(i, j), corner(i + 1, j), corner(i + 1, j + 1), corner(i, j + 1)
          )
          // Half the cross product of the diagonals.
          let area = 0.5 * ((c.x - a.x) * (d.y - b.y) - (c.y - a.y) * (d.x - b.x))
          #expect(area > -1e-9)
          mass += exp(middles[i * points + j]) * area
        }
      }
    }
    #expect((mass - 1).magnitude < 2e-3, "\(mass)")
  }

  /// A latent depends only on its own noise and on that of latents before it in its layer's order.
  @Test func latentsDependOnThoseBeforeThem() throws {
    let passes = try PosteriorPasses(#"{"type": "flow", "layers": 1, "units": 9}"#, latent: 4)
    let start = passes.sample().z
    for j in 0..<4 {
      var noise = passes.noise
      noise[j] += 0.5
      let moved = passes.sample(noise: noise).z
      for i in 0..<4 { #expect((moved[i] != start[i]) == (i >= j), "\(i) on \(j)") }
    }
  }

  /// A layer begins close to the identity.
  @Test func gatesBeginOpen() throws {
    let model = try Pairing(
      posterior: ReferenceFlow.autoregressive, prior: #"{"type": "standardNormal"}"#
    ).model(Small.plain)
    for layer in 0..<3 {
      let index = try #require(model.parameters.index(of: "posterior.\(layer).gate.bias"))
      #expect(model.parameters.tensor(index).values == [2, 2, 2])
    }
  }

  /// Networks as wide as in models that people train.
  @Test func widePathAndScoreAreApart() throws {
    try EveryPosterior().pathAndScoreAreApart(
      json: #"{"type": "flow", "layers": 2, "units": 45}"#, latent: 4)
  }

  /// Without weights, a gate's bias scales all latents alike, and the draws are those of a
  /// Gaussian.
  @Test func withoutWeightsItIsAGaussian() throws {
    let passes = try PosteriorPasses(ReferenceFlow.autoregressive)
    let (model, latent) = (passes.model, passes.latent)
    for index in model.posteriorParameters {
      let spec = model.parameters.specs[index]
      let value: Float = spec.name.hasSuffix("gate.bias") ? 2 : 0
      model.parameters.assign(
        Tensor(spec.shape, [Float](repeating: value, count: spec.shape.count)), to: index)
    }
    let scale = 3 * log(1 / (1 + exp(-2.0)))
    let plain = try PosteriorPasses(#"{"type": "gaussian"}"#)
    let width = passes.posterior.inputs
    let h = (0..<passes.rows).flatMap { passes.h[$0 * width..<$0 * width + 2 * latent] }
    let (got, expected) = (passes.sample(), plain.sample(h))
    for draw in 0..<passes.draws {
      let density = expected.logDensity[draw] - Double(latent) * scale
      #expect((got.logDensity[draw] - density).magnitude < 1e-5)
      for i in draw * latent..<(draw + 1) * latent {
        #expect((Double(got.z[i]) - exp(scale) * Double(expected.z[i])).magnitude < 1e-5)
      }
    }
  }

  /// u = 0 is the identity for any w and b; a row of zeros, which an encoder without biases makes
  /// of an empty picture, has finite values and gradients.
  @Test func planarLayersBeginAtTheIdentity() throws {
    let passes = try PosteriorPasses(ReferenceFlow.planar)
    let (plain, latent) = (try PosteriorPasses(#"{"type": "gaussian"}"#), passes.latent)
    let width = passes.posterior.inputs
    for clearsAll in [false, true] {
      var h = passes.h
      for row in 0..<passes.rows {
        for entry in 0..<width {
          let place = entry < 2 * latent ? -1 : (entry - 2 * latent) % (2 * latent + 1) / latent
          if clearsAll || place == 1 { h[row * width + entry] = 0 }
        }
      }
      let base = (0..<passes.rows).flatMap { h[$0 * width..<$0 * width + 2 * latent] }
      let (got, expected) = (passes.sample(h), plain.sample(base))
      for draw in 0..<passes.draws {
        #expect((got.logDensity[draw] - expected.logDensity[draw]).magnitude < 1e-6)
      }
      for (a, b) in zip(got.z, expected.z) { #expect((a - b).magnitude < 1e-6) }
    }
    let empty = try PosteriorPasses(
      ReferenceFlow.planar, h: [Float](repeating: 0, count: passes.h.count))
    let weights = [Float](repeating: 1, count: passes.draws)
    let zeros = weights.map { 0 * $0 }
    let gradient = empty.backward(passes.noise, path: weights, score: zeros).h
    #expect(gradient.allSatisfy { $0.isFinite } && gradient.contains { $0 != 0 })
  }

  /// Closed gates, and layers that nearly fold space, cost nats but no digits.
  @Test(arguments: ReferenceFlow.all, [-60, -20, 20, 60] as [Float])
  func extremesAreFinite(json: String, size: Float) throws {
    let start = try PosteriorPasses(json)
    let latent = start.latent
    let h = start.h.enumerated().map {
      $0.offset % start.posterior.inputs < 2 * latent ? $0.element : size * $0.element
    }
    let passes = try PosteriorPasses(json, h: h)
    let got = passes.sample()
    #expect((got.z.map(Double.init) + got.logDensity).allSatisfy { $0.isFinite })
    let weights = [Float](repeating: 1, count: passes.draws)
    let gradient = passes.backward(passes.noise, path: weights, score: weights)
    #expect((gradient.h + gradient.parameters.joined()).allSatisfy { $0.isFinite })
  }

  @Test func planarLayersHaveNoUnits() throws {
    let fault = try #require(throws: Fault.self) {
      try PosteriorPasses(#"{"type": "flow", "kind": "planar", "units": 4}"#)
    }
    #expect(fault.kind == .params && fault.path == "posterior.units", "\(fault)")
    #expect(fault.got == "4" && fault.expected != nil && fault.hint != nil)
  }
}
