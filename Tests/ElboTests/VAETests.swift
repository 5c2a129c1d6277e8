import Elbo
import TestSupport
import Testing

/// Models, data and queries as a Swift program writes them.
@Suite struct VAETests {
  static let rows: [[Float]] = (0..<60).map { row in
    (0..<9).map { (row + $0 * $0) % 3 == 0 ? 1 : 0 }
  }

  static func vae(seed: Int = 3, threads: Int = 1) throws -> VAE {
    try VAE(
      shape: [9], latent: 2, encoder: [.dense(units: 11), .tanh, .dense],
      decoder: [.dense(units: 7), .tanh, .dense, .sigmoid], seed: seed, threads: threads)
  }

  @Test func literalsAreWhatARequestSays() throws {
    let encoder: [LayerChoice] = [
      .conv2d(channels: 4, kernel: Extents2D(3, 3), padding: 1), .relu, .dropout(rate: 0.25),
      .residual(layers: [.dense(units: 5), .tanh]), .dense,
    ]
    #expect(
      encoder.json.line
        == #"[{"type":"conv2d","channels":4,"kernel":3,"stride":1,"padding":1},{"type":"relu"},{"type":"dropout","rate":0.25},{"type":"residual","layers":[{"type":"dense","units":5},{"type":"tanh"}]},{"type":"dense"}]"#
    )
    let optimizer: Choice<OptimizerKind> = .adamw(rate: 0.01, decay: 0.1)
    #expect(
      optimizer.json.line
        == #"{"type":"adamw","rate":0.01,"beta1":0.9,"beta2":0.999,"epsilon":1e-08,"decay":0.1}"#)
  }

  @Test func optionsKeepToTheirBounds() {
    let fault = fault {
      _ = try VAE(
        shape: [9], latent: 2, encoder: [.dropout(rate: 7), .dense], decoder: [.dense], threads: 1)
    }
    #expect(fault?.kind == .params && fault?.path == "encoder[0].rate")
  }

  @Test func layersThatDoNotFitAreNamed() {
    let fault = fault {
      _ = try VAE(
        shape: [9], latent: 2, encoder: [.dense(units: 3), .tanh], decoder: [.dense], threads: 1)
    }
    #expect(fault?.kind == .shape && fault?.path.hasPrefix("encoder") == true)
  }

  @Test func answersHaveTheirShapes() throws {
    let (vae, data) = (try Self.vae(), try DataSet(rows: Self.rows))
    let encoding = try vae.encode(data)
    #expect(encoding.mean.shape == [60, 2] && encoding.deviation.values.allSatisfy { $0 > 0 })
    #expect(try vae.decode(encoding.mean) == vae.reconstruct(data))
    let drawn = try vae.sample(5, seed: 4)
    #expect(drawn.shape == [5, 9] && drawn.values.allSatisfy { (0...1).contains($0) })
    let bound = try vae.bound(of: data, samples: 20)
    let logLikelihood = try vae.logLikelihood(of: data, samples: 200).logLikelihood
    #expect(
      abs(bound.elbo.mean - bound.reconstruction.mean + bound.divergence.mean) < 1e-9)
    #expect(logLikelihood.mean > bound.elbo.mean - 0.05)
    #expect(vae.parameterCount == 9 * 11 + 11 + 11 * 4 + 4 + 2 * 7 + 7 + 7 * 9 + 9)
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let (vae, data) = (try Self.vae(), try DataSet(rows: Self.rows))
    #expect(fault { _ = try vae.decode(Tensor([2, 3], [0, 0, 0, 0, 0, 0])) }?.path == "latents")
    #expect(fault { _ = try vae.sample(0) }?.path == "count")
    #expect(fault { _ = try vae.sample(1, labels: [0]) }?.path == "labels")
    #expect(fault { _ = try vae.bound(of: data, split: "test") }?.kind == .unknownName)
    #expect(fault { _ = try DataSet(rows: [[1, 0], [1]]) }?.path == "rows[1]")
    let grey = try DataSet(rows: [[0.5, 1, 0, 0, 0, 0, 0, 0, 0]])
    #expect(fault { _ = try vae.bound(of: grey) }?.kind == .support)
    #expect(fault { _ = try vae.training(on: grey) }?.kind == .support)
  }

  @Test func aSavedModelIsTheSame() throws {
    let (vae, folder) = (try Self.vae(), Folder())
    try vae.save(to: folder("vae.safetensors"))
    let loaded = try VAE(contentsOf: folder("vae.safetensors"), threads: 1)
    #expect(try loaded.sample(7, seed: 1) == vae.sample(7, seed: 1))
    #expect(fault { _ = try VAE(contentsOf: folder("none"), threads: 1) }?.kind == .io)
  }

  @Test func conditionsTakeTheirClassesFromTheData() throws {
    let labels = Self.rows.indices.map { $0 % 3 }
    let data = try DataSet(rows: Self.rows, labels: labels)
    let vae = try VAE(
      for: data, latent: 2, encoder: [.dense(units: 6), .tanh, .dense], decoder: [.dense],
      condition: .label, threads: 1)
    let same = try vae.sample(3, seed: 2, labels: [0, 0, 0])
    #expect(try vae.sample(3, seed: 2, labels: [1, 1, 1]) != same)
    #expect(fault { _ = try vae.sample(1) }?.path == "labels")
    #expect(fault { _ = try vae.sample(1, labels: [9]) }?.kind == .support)
  }
}
