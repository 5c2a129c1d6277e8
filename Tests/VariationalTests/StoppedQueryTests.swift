import JSON
import Tensors
import Testing

@testable import Variational

/// A query that is no longer wanted ends within one chunk of its rows.
@Suite struct StoppedQueries {
  private let rows = 1000
  /// Chunks of 128 rows.
  private let chunks = 8

  /// How often `work` asks whether to stop: when it goes on to its end, and when it is told so the
  /// third time.
  private func questions(
    _ work: (() -> Bool) throws -> Void
  ) rethrows -> (whole: Int, stopped: Int) {
    var (whole, stopped) = (0, 0)
    try work {
      whole += 1
      return false
    }
    try work {
      stopped += 1
      return stopped >= 3
    }
    return (whole, stopped)
  }

  @Test func encoding() throws {
    let model = try Small.model("plain")
    let data = Rows(binary: rows, model.spec.shape)
    let means = try questions {
      _ = try model.encode(data, rows: data.all, samples: 0, seed: 0, stop: $0)
    }
    #expect(means == (chunks, 3))
    let draws = try questions {
      _ = try model.encode(data, rows: data.all, samples: 4, seed: 0, stop: $0)
    }
    // In a chunk that is stopped within its draws, those after it are asked for once more.
    #expect(draws.whole == chunks * 5)
    #expect(draws.stopped <= 4)
  }

  @Test func estimatingMoments() throws {
    let sampled = try PosteriorKind.examples.map { posterior in
      try Pairing(posterior: posterior, prior: #"{"type": "standardNormal"}"#).model(Small.plain)
    }.filter { !($0.posterior is any ClosedFormPosterior) }
    for model in sampled {
      let data = Rows(binary: 10, model.spec.shape)
      let asked = try questions {
        _ = try model.encode(data, rows: data.all, samples: 0, seed: 0, stop: $0)
      }
      #expect(asked.whole == 257, "the chunk, and every draw")
      #expect(asked.stopped <= 4)
    }
  }

  @Test func reconstructingDecodingAndDrawing() throws {
    let model = try Small.model("plain")
    let data = Rows(binary: rows, model.spec.shape)
    let latents = try model.latents(rows, seed: 1, temperature: 1)
    for work in [
      { _ = try model.reconstruct(data, rows: data.all, seed: 0, usesMean: false, stop: $0) },
      { _ = try model.decode(latents, stop: $0) },
      { _ = try model.latents(rows, seed: 1, temperature: 1, stop: $0) },
    ] as [(() -> Bool) throws -> Void] {
      #expect(try questions(work) == (chunks, 3))
    }
  }

  /// Within the samples of a shard of rows too, of which there may be a million.
  @Test func evaluating() throws {
    let model = try Small.model("plain")
    let data = Rows(binary: 2, model.spec.shape)
    let evaluation = Evaluation(model, samples: 2560, seed: 0)
    try withTeam { team in
      for work in [
        { _ = try evaluation.bound(of: data, rows: data.all, team: team, stop: $0) },
        { _ = try evaluation.logLikelihood(of: data, rows: data.all, team: team, stop: $0) },
      ] as [(() -> Bool) throws -> Void] {
        let asked = try questions(work)
        #expect(asked.whole == 2 * (1 + 10), "each row, and each chunk of 256 samples")
        #expect(asked.stopped <= 2 * (1 + 10))
      }
    }
    let statistics = questions { stop in
      withTeam { team in
        _ = try? LatentStatistics(
          model, of: data, rows: data.all, samples: 50, seed: 0, team: team, stop: stop)
      }
    }
    #expect(statistics.whole >= 2 * 50, "each draw")
  }

  @Test func principalComponents() {
    let latents = Tensor([40, 5], (0..<200).map { Float($0 * 37 % 101) })
    let asked = questions { _ = PrincipalComponents(latents, stop: $0) }
    #expect(asked.whole >= 40 + 5, "every row, then every row of rotations")
    // What is left are sums over the matrix: as many as there would be sweeps.
    #expect(asked.stopped <= 3 + 1 + 64 * 5)
  }
}
