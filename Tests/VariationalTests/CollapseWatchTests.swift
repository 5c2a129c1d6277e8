import Declarations
import JSON
import Tensors
import TestSupport
import Testing

@testable import Variational

/// A stretch of updates with these means.
private struct Stretch {
  var elbo: Double
  var divergence = 1.0
  var objective: Double?
}

extension History {
  /// Appends a hundred updates.
  fileprivate mutating func append(_ stretch: Stretch) {
    for _ in 0..<CollapseWatch.length {
      reconstruction.append(Float(stretch.elbo + stretch.divergence))
      divergence.append(Float(stretch.divergence))
      objective.append(Float(stretch.objective ?? stretch.elbo))
    }
  }
}

/// What is wrong is told while it is, and nothing else.
@Suite struct CollapseWatches {
  /// Returns for each stretch whether there was a warning; of a model with two latents.
  private func warnings(_ stretches: [Stretch], warmUpEnd: Int = 0) -> [String?] {
    var (watch, history) = (CollapseWatch(), History())
    return stretches.map { stretch in
      history.append(stretch)
      watch.take(history, upTo: history.count, latent: 2, warmUpEnd: warmUpEnd)
      return watch.warning
    }
  }

  @Test func deadLatentsAreToldOnceTheyStayDead() {
    let quiet = Stretch(elbo: -9, divergence: 0.019)
    let told = warnings([Stretch](repeating: quiet, count: 6))
    #expect(told.map { $0 != nil } == [false, false, false, false, true, true])
    #expect(told[4]?.contains("the last 500 updates") == true && told[4]?.contains("beta") == true)
    let alive = warnings(
      [Stretch](repeating: quiet, count: 4) + [Stretch(elbo: -9, divergence: 0.021)]
        + [Stretch](repeating: quiet, count: 4))
    #expect(alive.allSatisfy { $0 == nil })
  }

  @Test func aWarmUpDoesNotCount() {
    let quiet = [Stretch](repeating: Stretch(elbo: -9, divergence: 0), count: 9)
    let told = warnings(quiet, warmUpEnd: 301)
    #expect(told.map { $0 != nil } == [Bool](repeating: false, count: 8) + [true])
  }

  @Test func aBoundThatHasRunAwayIsTold() {
    let told = warnings([
      Stretch(elbo: -100), Stretch(elbo: -50), Stretch(elbo: -251), Stretch(elbo: -249),
      Stretch(elbo: -1e9), Stretch(elbo: -60),
    ])
    #expect(told.map { $0 != nil } == [false, false, true, false, true, false])
    #expect(told[2]?.contains("-251.0 nats over the last 100 updates, -50.0 at best") == true)
    #expect(told[2]?.contains("rate") == true)
  }

  /// The first update tells the ELBO before all changes of the weights: a first stretch far below
  /// it is told, and so are later ones until the run recovers.
  @Test func aRuinWithinTheFirstStretchIsTold() {
    func warnings(first: Float, _ later: [Double]) -> [Bool] {
      var (watch, history) = (CollapseWatch(), History())
      return later.map { value in
        history.append(Stretch(elbo: value))
        if history.count == CollapseWatch.length {
          (history.reconstruction[0], history.objective[0]) = (first + 1, first)
        }
        watch.take(history, upTo: history.count, latent: 2, warmUpEnd: 0)
        return watch.warning != nil
      }
    }
    #expect(warnings(first: -500, [-1e6, -1e6, -400]) == [true, true, false])
    #expect(warnings(first: -500, [-5000, -4900]) == [false, false])
    #expect(warnings(first: -0.01, [-9, -40]) == [false, true])
    // A first batch far above the others alone is no reference for what follows.
    #expect(warnings(first: -10, [-100, -250, -400]) == [false, false, true])
    // One far below the others is no better.
    #expect(warnings(first: -1e9, [-100, -400]) == [false, false])
  }

  /// An objective that does not weigh the divergence lets it grow, and one in other units may jump.
  @Test func boundAndObjectiveMustBothFall() {
    let told = warnings([
      Stretch(elbo: -100), Stretch(elbo: -1e9, divergence: 1e9, objective: -90),
      Stretch(elbo: -50, objective: -1e9), Stretch(elbo: -1e9),
    ])
    #expect(told.map { $0 != nil } == [false, false, false, true])
  }

  private func trainer(_ text: String, _ name: String = "plain") throws -> Trainer {
    let data = Rows(binary: 47, [9])
    return try Trainer(
      try trainerSpec(text), model: try Small.model(name), data: data, rows: data.all)
  }

  /// Collapse is brought about by a weight of the divergence that is too large, and told; the
  /// warning ends with a smaller one. A resumed run has the same warning.
  @Test func itIsSeenInATraining() throws {
    let trainer = try trainer(
      #"{"objective": {"type": "elbo", "beta": 30}, "optimizer": {"type": "adam", "rate": 0.01}, "batch": 20}"#
    )
    try withTeam(1) { team in
      for _ in 0..<999 { try trainer.step(team) }
      #expect(trainer.warning?.contains("say nothing about the rows") == true)
      let resumed = try trainer.reloaded()
      #expect(resumed.watch == trainer.watch)
      try trainer.adjust(#"{"objective": {"type": "elbo", "beta": 0.1}}"#)
      #expect(trainer.warning == nil)
      #expect(try trainer.reloaded().watch == trainer.watch)
      for _ in 0..<700 { try trainer.step(team) }
      #expect(trainer.warning == nil)
      #expect(try trainer.reloaded().watch == trainer.watch)
    }
  }

  /// A rate that is far too high ruins a run with its first updates.
  @Test func aRuinByTheFirstUpdatesIsSeenInATraining() throws {
    let trainer = try trainer(#"{"optimizer": {"type": "adam", "rate": 3}, "batch": 20}"#)
    try withTeam(1) { team in for _ in 0..<300 { try trainer.step(team) } }
    let (first, last) = (trainer.history.objective[0], trainer.history.objective[299])
    #expect(trainer.warning?.contains("has run away") == true, "\(first) to \(last)")
    #expect(try trainer.reloaded().watch == trainer.watch)
  }

  /// A rate that is too high makes the bound fall; going back makes the warning end.
  @Test func aFallIsSeenInATraining() throws {
    let trainer = try trainer(#"{"optimizer": {"type": "adam", "rate": 0.01}, "batch": 20}"#)
    try withTeam(2) { team in
      for _ in 0..<200 { try trainer.step(team) }
      #expect(trainer.warning == nil)
      try trainer.adjust(#"{"rate": 2}"#)
      for _ in 0..<100 { try trainer.step(team) }
      #expect(
        trainer.warning?.contains("has run away") == true, "\(trainer.history.objective.last ?? 0)")
      #expect(try trainer.reloaded().watch == trainer.watch)
    }
  }
}
