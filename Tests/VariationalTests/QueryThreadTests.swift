import JSON
import Tensors
import TestSupport
import Testing

@testable import Variational

/// Latents and decoded rows are the same to the bit for any number of threads.
@Suite struct QueryThreadTests {
  private static func answers(_ model: Model, _ data: Rows, threads: Int) throws -> [[Float]] {
    try withTeam(threads) { team in
      let encoded = try model.encode(data, rows: data.all, samples: 2, seed: 4, team: team)
      let decoded = try [true, false].map {
        try model.reconstruct(data, rows: data.all, seed: 4, usesMean: $0, team: team)
      }
      let latents = try model.latents(data.all.count, seed: 1, temperature: 1)
      let given = model.condition.map { _ in data }
      let drawn = try [nil, 5].map {
        try model.decode(latents, given: given, drawing: $0, team: team)
      }
      return [encoded.mean.values, encoded.deviation.values, encoded.latent?.values ?? []]
        + decoded.flatMap { [$0.input.values, $0.output.values] } + drawn.map(\.values)
    }
  }

  @Test(arguments: PosteriorKind.examples)
  func everyPosterior(posterior: String) throws {
    let model = try Pairing(posterior: posterior, prior: #"{"type": "standardNormal"}"#)
      .model(Small.plain)
    let data = Rows(binary: 150, model.spec.shape)
    let alone = try Self.answers(model, data, threads: 1)
    #expect(alone.allSatisfy { !$0.isEmpty && $0.allSatisfy(\.isFinite) })
    #expect(try Self.answers(model, data, threads: 3) == alone)
  }
}
