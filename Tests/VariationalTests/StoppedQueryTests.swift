import JSON
import Synchronization
import Tensors
import Testing

@testable import Variational

/// A cancelled query ends within one shard of its rows.
@Suite struct StoppedQueries {
  private let rows = 1000
  /// Shards of at most 64 rows.
  private let shards = 16

  /// Returns how often `work` reaches a checkpoint: if it runs to its end, and if the third one
  /// throws.
  private func checkpoints(
    _ work: (() throws(Fault) -> Void) throws(Fault) -> Void
  ) throws -> (whole: Int, stopped: Int) {
    let whole = Mutex(0)
    let stopped = Mutex(0)
    try work { whole.withLock { $0 += 1 } }
    let fault = #expect(throws: Fault.self) {
      try work { () throws(Fault) in
        let count = stopped.withLock { count in
          count += 1
          return count
        }
        if count >= 3 { throw .cancelled }
      }
    }
    #expect(fault?.kind == .cancelled)
    return (whole.withLock { $0 }, stopped.withLock { $0 })
  }

  @Test func encoding() throws {
    let model = try Small.model("plain")
    let data = Rows(binary: rows, model.spec.shape)
    let means = try checkpoints { (checkpoint) throws(Fault) in
      _ = try model.encode(data, rows: data.all, samples: 0, seed: 0, checkpoint: checkpoint)
    }
    #expect(means == (shards, 3))
    let draws = try checkpoints { (checkpoint) throws(Fault) in
      _ = try model.encode(data, rows: data.all, samples: 4, seed: 0, checkpoint: checkpoint)
    }
    #expect(draws == (shards * 5, 3))
  }

  @Test func estimatingMoments() throws {
    let sampled = try PosteriorKind.examples.map { posterior in
      try Pairing(posterior: posterior, prior: #"{"type": "standardNormal"}"#).model(Small.plain)
    }.filter { !($0.posterior is any ClosedFormPosterior) }
    for model in sampled {
      let data = Rows(binary: 10, model.spec.shape)
      let asked = try checkpoints { (checkpoint) throws(Fault) in
        _ = try model.encode(data, rows: data.all, samples: 0, seed: 0, checkpoint: checkpoint)
      }
      #expect(asked == (2 * 257, 3), "two shards, and every draw")
    }
  }

  @Test func reconstructingDecodingAndDrawing() throws {
    let model = try Small.model("plain")
    let data = Rows(binary: rows, model.spec.shape)
    let latents = try model.latents(rows, seed: 1, temperature: 1)
    let reconstructing = try checkpoints { (checkpoint) throws(Fault) in
      _ = try model.reconstruct(
        data, rows: data.all, seed: 0, usesMean: false, checkpoint: checkpoint)
    }
    #expect(reconstructing == (shards, 3))
    let decoding = try checkpoints { (checkpoint) throws(Fault) in
      _ = try model.decode(latents, checkpoint: checkpoint)
    }
    #expect(decoding == (shards, 3))
    let drawing = try checkpoints { (checkpoint) throws(Fault) in
      _ = try model.latents(rows, seed: 1, temperature: 1, checkpoint: checkpoint)
    }
    #expect(drawing == (8, 3), "128 draws at a time")
  }

  /// Also within the samples of a shard of rows, of which there may be a million.
  @Test func evaluating() throws {
    let model = try Small.model("plain")
    let data = Rows(binary: 2, model.spec.shape)
    let evaluation = Evaluation(model, samples: 2560, seed: 0)
    let team = Team(threads: 1)
    defer { team.close() }
    let bound = try checkpoints { (checkpoint) throws(Fault) in
      _ = try evaluation.bound(of: data, rows: data.all, team: team, checkpoint: checkpoint)
    }
    #expect(bound == (2 * (1 + 10), 3), "each row, and each chunk of 256 samples")
    let likelihood = try checkpoints { (checkpoint) throws(Fault) in
      _ = try evaluation.logLikelihood(of: data, rows: data.all, team: team, checkpoint: checkpoint)
    }
    #expect(likelihood == (2 * (1 + 10), 3))
    let statistics = try checkpoints { (checkpoint) throws(Fault) in
      _ = try LatentStatistics(
        model, of: data, rows: data.all, samples: 50, seed: 0, team: team, checkpoint: checkpoint)
    }
    #expect(statistics.whole >= 2 * 50, "each draw")
  }

  @Test func principalComponents() throws {
    let latents = Tensor([40, 5], (0..<200).map { Float($0 * 37 % 101) })
    let asked = try checkpoints { (checkpoint) throws(Fault) in
      _ = try PrincipalComponents(latents, checkpoint: checkpoint)
    }
    #expect(asked.whole >= 40 + 5, "every row, then every row of rotations")
    #expect(asked.stopped == 3)
  }
}
