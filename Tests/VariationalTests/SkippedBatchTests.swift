import JSON
import TestSupport
import Testing

@testable import Variational

/// A batch that cannot be used is passed over.
@Suite struct SkippedBatches {
  private func skipping(_ options: String = "", bad: Float? = 3e38) throws -> Trainer {
    try Small.trainer(
      #"{"batch": 10, "optimizer": {"type": "adam", "rate": 0.01}, "onRefusal": {"type": "skip"\#(options)}}"#,
      Model(spec(Small.gaussian)), Small.rows(bad: bad))
  }

  /// Of three batches in an epoch one has the bad row: a step with it changes nothing.
  @Test func changeNothing() throws {
    let trainer = try skipping()
    try withTeam(2) { team in
      for place in 1...12 {
        let before = (trainer.numbers, trainer.history)
        try trainer.step(team)
        #expect(trainer.update + trainer.history.skipped.count == place)
        guard trainer.update == before.1.count else { continue }
        var history = trainer.history
        #expect(history.skipped.removeLast() == trainer.update + 1)
        let isSame = trainer.numbers == before.0 && history == before.1
        #expect(isSame)
      }
    }
    #expect(trainer.update == 8 && trainer.history.skipped.count == 4)
    #expect(trainer.history.objective.allSatisfy { $0.isFinite })
  }

  /// The updates are those with the batches that can be used: without the bad row's batch the
  /// others are the same as in data without a bad row.
  @Test func areTheOnlyDifference() throws {
    let (skipping, plain) = (try skipping(), try skipping(bad: nil))
    try withTeam(1) { team in
      while skipping.history.skipped.isEmpty { try skipping.step(team) }
      for _ in 0..<skipping.update { try plain.step(team) }
    }
    let isSame = skipping.numbers == plain.numbers
    #expect(isSame && skipping.history.objective == plain.history.objective)
  }

  @Test func areBoundedInARowAndInAll() throws {
    let never = try Small.trainer(
      #"{"batch": 10, "onRefusal": {"type": "skip", "most": 3}}"#, Model(spec(Small.gaussian)),
      Rows([2], [Float](repeating: 3e38, count: 60)))
    let inARow = fault { try never.train(to: 1) }
    #expect(inARow?.kind == .notFinite && never.history.skipped == [1, 1, 1])
    #expect(
      inARow?.hint?.contains("3 batches in a row were passed over") == true, "\(inARow as Any)")
    let often = try skipping(#", "most": 2, "total": 3"#)
    let inAll = fault { try often.train(to: 100) }
    #expect(inAll?.kind == .notFinite && often.history.skipped.count == 3)
    #expect(often.update > 5)
  }

  /// Wherever it is saved, also right after a skipped batch, it ends with the same bits.
  @Test(arguments: 0...7) func resumeExactly(steps: Int) throws {
    let straight = try skipping()
    try withTeam(1) { team in for _ in 0..<steps { try straight.step(team) } }
    let resumed = try straight.reloaded(of: Small.rows(bad: 3e38))
    #expect(resumed.history == straight.history)
    try straight.train(to: 11, threads: 1)
    try resumed.train(to: 11, threads: 2)
    let isSame = resumed.numbers == straight.numbers
    #expect(isSame && resumed.history == straight.history)
  }
}
