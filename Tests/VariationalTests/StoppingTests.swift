import Glibc
import JSON
import Layers
import Tensors
import Testing

@testable import Variational

private func trainer(_ model: Model, _ text: String, every: Int = 3) throws -> Trainer {
  let (data, held) = (Rows(binary: 47, [9]), Rows(binary: 11, [9], seed: 99))
  return try Trainer(
    try trainerSpec(text), model: model, data: data, rows: data.all,
    validation: Trainer.Validation(data: held, rows: held.all, every: every, samples: 2))
}

private let path = "/tmp/elbo-stopping-\(getpid())-"

/// Rows whose file has changed: reads return other values.
private struct ChangedRows: Examples {
  let rows: Rows
  var count: Int { rows.count }
  var shape: Shape { rows.shape }
  var isBinary: Bool { true }
  var sha256: String { rows.sha256 }
  func gather(_ names: UnsafePointer<UInt32>, into block: Block, update: UInt32) {
    rows.gather(names, into: block, update: update)
  }
  func takeFault() -> Fault? { Fault(.io, "changed") }
}

@Suite struct ValidationRows {
  /// A validation on changed rows is an error, and does not enter the history.
  @Test func thatCannotBeReadAreAFault() throws {
    let (data, held) = (Rows(binary: 47, [9]), ChangedRows(rows: Rows(binary: 11, [9])))
    let trainer = try Trainer(
      try trainerSpec("{}"), model: try Small.model("plain"), data: data, rows: data.all,
      validation: Trainer.Validation(
        data: held, rows: (0..<11).map { $0 }, every: 3, samples: 2))
    try withTeam(1) { team in
      for _ in 0..<2 { try trainer.step(team) }
      let fault = #expect(throws: Fault.self) { try trainer.step(team) }
      #expect(fault?.kind == .io)
    }
    #expect(trainer.history.validation.update.isEmpty)
  }
}

@Suite struct StoppingRule {
  private func standing(
    _ values: [Double], _ change: (inout Stopping) -> Void = { _ in }, warmUpEnd: Int = 0
  ) -> (best: [Int], since: [Int]) {
    var rule = Stopping()
    change(&rule)
    var standing = Standing()
    var (best, since) = ([Int](), [Int]())
    for (index, value) in values.enumerated() {
      if standing.take(value, at: 10 * (index + 1), rule, warmUpEnd: warmUpEnd) {
        best.append(index)
      }
      since.append(standing.since)
    }
    return (best, since)
  }

  @Test func countsValidationsWithoutABetterOne() {
    let found = standing([-5, -4, -4, -6, -3, -3.5])
    #expect(found.best == [0, 1, 4])
    #expect(found.since == [0, 0, 1, 2, 0, 1])
  }

  /// Small steps add up, because each is compared with the best, not with the previous one.
  @Test func wantsAnImprovement() {
    let found = standing([-5, -4.75, -4.5, -4.25, -4.25]) { $0.minimumImprovement = 0.5 }
    #expect(found.best == [0, 3])
    #expect(found.since == [0, 1, 2, 0, 1])
  }

  @Test func waitsForTheWarmUp() {
    let found = standing([-1, -2, -3, -4, -2.5], warmUpEnd: 30)
    #expect(found.best == [2, 4])
    #expect(found.since == [0, 0, 0, 1, 0])
  }

  /// A number that is not finite is not the best, and does not count towards the patience.
  @Test func aNumberThatIsNoneIsNoValidation() {
    let found = standing([.nan, -.infinity, -7, .nan, -8, .infinity])
    #expect(found.best == [2])
    #expect(found.since == [0, 0, 0, 0, 1, 1])
  }
}

@Suite struct StoppedTraining {
  /// A rate so large that the bound soon falls, so that the best validation is not the last.
  private let options =
    #""optimizer": {"type": "adam", "rate": 0.2}, "batch": 20, "seed": 2, "stopping": {"patience": 4}"#

  @Test func convergesAfterItsPatience() throws {
    let trainer = try trainer(try Small.model("plain"), "{\(options)}")
    try withTeam(2) { team in
      for _ in 0..<400 where !trainer.isConverged { try trainer.step(team) }
    }
    #expect(trainer.isConverged)
    let best = try #require(trainer.standing.bestUpdate)
    #expect(trainer.update == best + 4 * 3)
    let validation = trainer.history.validation
    let elbos = zip(validation.reconstruction, validation.divergence).map { $0 - $1 }
    #expect(trainer.standing.bestELBO == elbos.max())
    #expect(validation.update[try #require(elbos.firstIndex(of: elbos.max() ?? 0))] == best)
  }

  /// The file of the best validation has the weights, optimizer and history of that moment: it
  /// continues as the run itself did.
  @Test(arguments: Small.names, ["", #", "averaging": {"decay": 0.9}"#])
  func theBestMomentIsOneMoment(name: String, more: String) throws {
    let text = "{\(options)\(more)}"
    let path = path + "\(UInt.random(in: 0 ... .max)).safetensors"
    defer { unlink(path) }
    try withTeam(2) { team in
      let run = try trainer(try Small.model(name), text)
      while !run.isConverged, run.update < 400 { try run.step(team) }
      let best = try #require(run.standing.bestUpdate)
      #expect(best < run.update)
      try run.file(TrainerRecord(), isBest: true).write(to: path)
      let file = try SafeTensors(contentsOf: path)
      let record = try Trainer.record(file, path: path)
      let again = try trainer(try Model(record.model), record.trainer.json.line)
      try again.restore(file, record, path: path)
      #expect(again.update == best && again.standing.bestUpdate == best)

      let straight = try trainer(try Small.model(name), text)
      for _ in 0..<best { try straight.step(team) }
      let atBest = (
        again.everything == straight.everything, again.history == straight.history,
        try again.snapshot(.best).numbers == run.snapshot(.best).numbers,
        try run.snapshot(.best).numbers
          == (more.isEmpty ? straight.model : try straight.snapshot(.average)).numbers
      )
      #expect(atBest.0, "weights, optimizer and average")
      #expect(atBest.1, "history")
      #expect(atBest.2 && atBest.3, "the best weights as a model")
      for _ in 0..<7 {
        try again.step(team)
        try straight.step(team)
      }
      let after = (again.everything == straight.everything, again.history == straight.history)
      #expect(after.0 && after.1)
    }
  }

  /// Saved in the middle of its patience, after a best validation: it stops at the same update,
  /// with the same best weights.
  @Test(arguments: ["", #", "averaging": {"decay": 0.9}"#])
  func goesOnFromItsFile(more: String) throws {
    let text = "{\(options)\(more)}"
    let path = path + "\(UInt.random(in: 0 ... .max)).safetensors"
    defer { unlink(path) }
    try withTeam(1) { team in
      let run = try trainer(try Small.model("coupled"), text)
      while run.standing.since < 2, run.update < 400 { try run.step(team) }
      try run.file(TrainerRecord()).write(to: path)
      let file = try SafeTensors(contentsOf: path)
      let record = try Trainer.record(file, path: path)
      let again = try trainer(try Model(record.model), record.trainer.json.line)
      try again.restore(file, record, path: path)
      #expect(again.standing == run.standing)
      for trainer in [run, again] {
        while !trainer.isConverged, trainer.update < 400 { try trainer.step(team) }
      }
      let same = (
        run.history == again.history, run.everything == again.everything,
        try run.snapshot(.best).numbers == again.snapshot(.best).numbers,
        try run.snapshot(.best).numbers != run.model.numbers
      )
      #expect(run.isConverged && run.standing == again.standing)
      #expect(same.0 && same.1 && same.2 && same.3)
    }
  }

  /// Neither the objective's warm-up nor the rate's ends a run.
  @Test(arguments: [
    #""objective": {"type": "elbo", "warmUp": 90}"#,
    #""objective": {"type": "elbo", "capacity": {"maximum": 1, "updates": 90}}"#,
    #""schedule": {"type": "warmUp", "updates": 90}"#,
  ])
  func waitsForTheWarmUp(option: String) throws {
    let trainer = try trainer(
      try Small.model("plain"),
      #"{\#(option), "batch": 20, "stopping": {"patience": 1, "minimumImprovement": 1000}}"#)
    try withTeam(1) { team in
      for _ in 0..<200 where !trainer.isConverged { try trainer.step(team) }
    }
    #expect(trainer.standing.bestUpdate == 90 && trainer.update == 93)
  }

  @Test func whatIsNotKeptIsRefused() throws {
    let plain = try trainer(try Small.model("plain"), "{}")
    let early = try trainer(try Small.model("plain"), "{\(options)}")
    let none = try trainer(
      try Small.model("plain"), #"{"stopping": {"patience": 1, "keepBest": false}}"#)
    for (trainer, weights) in [
      (plain, Trainer.Weights.best), (plain, .average), (early, .best), (none, .best),
    ] {
      let fault = try #require(throws: Fault.self) { try trainer.snapshot(weights) }
      #expect(fault.kind == .wrongState && fault.hint != nil)
    }
  }
}

@Suite struct AveragedWeights {
  /// The recursion by its definition, in float64, over the weights after every update.
  @Test(arguments: [0.5, 0.9, 0.999])
  func isTheRunningMean(decay: Double) throws {
    let model = try Small.model("plain")
    var expected = model.parameters.all.map { Double($0) }
    let trainer = try trainer(
      model, #"{"averaging": {"decay": \#(decay)}, "optimizer": {"type": "adam", "rate": 0.05}}"#)
    try withTeam(2) { team in
      for update in 1...30 {
        try trainer.step(team)
        let stays = min(decay, Double(1 + update) / Double(10 + update))
        for (i, value) in model.parameters.all.enumerated() {
          expected[i] = stays * expected[i] + (1 - stays) * Double(value)
        }
      }
    }
    let got = try #require(trainer.average).parameters.all
    #expect(zip(got, expected).allSatisfy { (Double($0) - $1).magnitude < 1e-5 })
    #expect(zip(got, model.parameters.all).contains { ($0 - $1).magnitude > 0.01 })
  }

  /// Averaging does not affect training, and validations use the average.
  @Test(arguments: Small.names)
  func isValidatedAndChangesNothing(name: String) throws {
    try withTeam(1) { team in
      let plain = try trainer(try Small.model(name), #"{"batch": 20}"#)
      let averaged = try trainer(
        try Small.model(name), #"{"batch": 20, "averaging": {"decay": 0.9}}"#)
      for _ in 0..<9 {
        try plain.step(team)
        try averaged.step(team)
      }
      let isSame = averaged.model.numbers == plain.model.numbers
      #expect(isSame)
      #expect(averaged.history.objective == plain.history.objective)
      let validation = try #require(averaged.validation)
      let model = try averaged.snapshot(.average)
      let bound = try Evaluation(model, samples: 2, seed: 0).bound(
        of: validation.data, rows: validation.rows, update: 9, team: team)
      #expect(averaged.history.validation.reconstruction.last == bound.reconstruction.mean)
      #expect(averaged.history.validation != plain.history.validation)
    }
  }
}
