import Declarations
import Glibc
import JSON
import Layers
import Tensors
import TestSupport
import Testing

@testable import Variational

private let data = Rows(binary: 47, [9])

private func trainer(_ text: String, _ name: String = "plain", every: Int? = nil) throws -> Trainer
{
  let held = Rows(binary: 11, [9], seed: 99)
  return try Trainer(
    try trainerSpec(text), model: try Small.model(name), data: data, rows: data.all,
    validation: every.map {
      Trainer.Validation(data: held, rows: held.all, every: $0, samples: 2)
    })
}

extension Trainer {
  /// Changes settings that are written as on the wire; the objective with all its options.
  func adjust(_ text: String) throws {
    guard case .object(let members) = try JSON(parsing: text) else { return }
    let objective = try members.first { $0.name == "objective" }.map {
      try Choice<ObjectiveKind>(json: $0.value)
    }
    try adjust(
      try Adjustment(json: .object(members.filter { $0.name != "objective" })),
      objective: objective)
  }

  /// Returns the trainer that goes on from this one's file.
  func reloaded(isBest: Bool = false, of other: Rows? = nil) throws -> Trainer {
    let path = "/tmp/elbo-reloaded-\(getpid())-\(UInt.random(in: 0 ... .max)).safetensors"
    defer { unlink(path) }
    try file(TrainerRecord(), isBest: isBest).write(to: path)
    let file = try SafeTensors(contentsOf: path)
    let read = try Trainer.record(file, path: path)
    let copy = try Trainer(
      read.trainer, model: try Model(read.model), data: other ?? data, rows: rows,
      validation: validation)
    try copy.restore(file, read, path: path)
    return copy
  }
}

/// Settings change between two updates, and a run remembers it.
@Suite struct Adjustments {
  private static let several: [(at: Int, text: String)] = [
    (2, #"{"rate": 0.05, "clip": 0.5}"#),
    (4, #"{"schedule": {"type": "warmUp", "updates": 9}}"#),
    (5, #"{"objective": {"type": "elbo", "samples": 2, "beta": 3, "warmUp": 7}}"#),
    (5, #"{"rate": 0.02, "clip": 2}"#),
    (
      9,
      #"{"objective": {"type": "elbo", "samples": 2, "beta": 0.5}, "schedule": {"type": "constant"}}"#
    ),
  ]

  private static let options =
    #"{"objective": {"type": "elbo", "samples": 2}, "batch": 20, "averaging": {"decay": 0.9}, "stopping": {}, "seed": 4}"#

  private func train(_ trainer: Trainer, to update: Int, _ team: Team) throws {
    while trainer.update < update {
      for change in Self.several where change.at == trainer.update {
        try trainer.adjust(change.text)
      }
      try trainer.step(team)
    }
  }

  /// Wherever a run is saved, it ends as the uninterrupted one, for any number of threads.
  @Test(arguments: Small.names, [2, 4, 5, 7, 9, 10])
  func goOnFromTheFile(name: String, saved: Int) throws {
    let straight = try trainer(Self.options, name, every: 3)
    try withTeam(1) { team in
      try train(straight, to: saved, team)
    }
    for change in Self.several where change.at == saved { try straight.adjust(change.text) }
    let resumed = try straight.reloaded()
    #expect(resumed.history == straight.history && resumed.standing == straight.standing)
    try withTeam(1) { team in
      while straight.update < 13 { try next(straight, after: saved, team) }
    }
    try withTeam(2) { team in
      while resumed.update < 13 { try next(resumed, after: saved, team) }
    }
    #expect(straight.history.changes.map(\.update) == [2, 4, 5, 5, 9])
    let same = (resumed.history == straight.history, resumed.numbers == straight.numbers)
    #expect(same.0, "histories")
    #expect(same.1, "parameters, state and slots")
    #expect(resumed.standing == straight.standing)
    #expect(resumed.spec.json == straight.spec.json)
  }

  /// The changes at `saved` were made before the save.
  private func next(_ trainer: Trainer, after saved: Int, _ team: Team) throws {
    for change in Self.several where change.at == trainer.update && change.at > saved {
      try trainer.adjust(change.text)
    }
    try trainer.step(team)
  }

  /// A trainer whose rate is zero stays where it is: another objective then has the value that a
  /// trainer made with it has.
  @Test(arguments: [
    (
      #"{"type": "elbo", "beta": 1, "warmUp": 9}"#, #"{"type": "elbo", "beta": 4, "warmUp": 3}"#
    ),
    (
      #"{"type": "elbo", "capacity": {"maximum": 1, "updates": 1}}"#,
      #"{"type": "elbo", "beta": 2, "capacity": {"maximum": 3, "updates": 9}}"#
    ),
    (#"{"type": "elbo", "freeBits": 0.1}"#, #"{"type": "elbo", "freeBits": 3, "beta": 2}"#),
    (
      #"{"type": "totalCorrelation"}"#,
      #"{"type": "totalCorrelation", "beta": 2, "mutualInformation": 0.5, "dimensionWise": 3}"#
    ),
    (
      #"{"type": "maximumMeanDiscrepancy"}"#,
      #"{"type": "maximumMeanDiscrepancy", "weight": 3, "beta": 1, "bandwidth": 2, "scales": [1, 2]}"#
    ),
    (#"{"type": "renyi"}"#, #"{"type": "renyi", "alpha": -1}"#),
  ])
  func ofTheObjectiveAreThoseOfANewTrainer(old: String, new: String) throws {
    let rest = #""optimizer": {"type": "sgd", "rate": 0}, "batch": 20"#
    let changed = try trainer("{\"objective\": \(old), \(rest)}")
    let made = try trainer("{\"objective\": \(new), \(rest)}")
    try withTeam(2) { team in
      for _ in 0..<2 {
        try changed.step(team)
        try made.step(team)
      }
      #expect(changed.history.objective != made.history.objective)
      try changed.adjust("{\"objective\": \(new)}")
      for _ in 0..<2 {
        try changed.step(team)
        try made.step(team)
        #expect(changed.history.objective.last == made.history.objective.last)
      }
      // The gradient too.
      for trainer in [changed, made] {
        try trainer.adjust(#"{"rate": 0.1}"#)
        try trainer.step(team)
      }
      let isSame = changed.numbers == made.numbers
      #expect(isSame)
    }
    #expect(changed.history.changes.first?.objective?.from?.json == (try? json(old)))
    #expect(changed.spec.objective.json == made.spec.objective.json)
  }

  private func json(_ objective: String) throws -> JSON {
    try Choice<ObjectiveKind>(json: JSON(parsing: objective)).json
  }

  /// One step of plain descent, by the rate, the clip and the schedule's factor.
  @Test func ofRateClipAndScheduleChangeTheStep() throws {
    func step(_ change: String?) throws -> [Double] {
      let trainer = try trainer(#"{"optimizer": {"type": "sgd", "rate": 0}, "batch": 20}"#)
      return try withTeam(1) { team in
        try trainer.step(team)
        try trainer.adjust(#"{"rate": 1}"#)
        if let change { try trainer.adjust(change) }
        let before = trainer.model.numbers.joined().map { Double($0) }
        try trainer.step(team)
        return zip(trainer.model.numbers.joined(), before).map { Double($0.0) - $0.1 }
      }
    }
    func norm(_ step: [Double]) -> Double { step.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let whole = norm(try step(nil))
    #expect(whole > 0.3)
    #expect((norm(try step(#"{"clip": 0.125}"#)) - 0.125).magnitude < 1e-5)
    #expect((norm(try step(#"{"rate": 0.25}"#)) / whole - 0.25).magnitude < 1e-5)
    // The second update of four.
    let rising = norm(try step(#"{"schedule": {"type": "warmUp", "updates": 4}}"#))
    #expect((rising / whole - 0.5).magnitude < 1e-5)
  }

  @Test func areNotedOnlyIfSomethingChanges() throws {
    let trainer = try trainer(#"{"optimizer": {"type": "adam", "rate": 0.5}, "clip": 3}"#)
    try trainer.adjust(
      #"{"rate": 0.5, "clip": 3, "schedule": {"type": "constant"}, "objective": {"type": "elbo"}}"#)
    #expect(trainer.history.changes.isEmpty)
    try trainer.adjust(#"{"rate": 0.5, "clip": 4}"#)
    #expect(
      trainer.history.changes.map(\.json.line) == [#"{"update":0,"clip":{"from":3.0,"to":4.0}}"#])
  }

  @Test(arguments: [
    (#"{"type": "importance"}"#, "type", "\"elbo\""),
    (#"{"type": "elbo", "samples": 3}"#, "samples", "beta, warmUp, capacity, freeBits"),
    (#"{"type": "elbo", "sampled": true}"#, "sampled", "beta, warmUp, capacity, freeBits"),
    (#"{"type": "elbo", "freeBits": 1}"#, "freeBits", "the members that"),
    (
      #"{"type": "elbo", "capacity": {"maximum": 1, "updates": 1}}"#, "capacity", "the members that"
    ),
  ])
  func ofWhatMemoryDependsOnAreRefused(objective: String, member: String, expected: String) throws {
    let trainer = try trainer("{}")
    let fault = fault { try trainer.adjust("{\"rate\": 7, \"objective\": \(objective)}") }
    #expect(fault?.kind == .params && fault?.path == "objective.\(member)", "\(fault as Any)")
    #expect(fault?.expected?.contains(expected) == true && fault?.hint != nil, "\(fault as Any)")
    #expect(trainer.history.changes.isEmpty && trainer.spec.optimizer.rate == 0.001)
  }

  /// Every option that an objective names can be changed in a trainer whose objective has it.
  @Test(arguments: ObjectiveKind.registry.rows.flatMap { $0.examples.map(\.line) })
  func ofEveryNamedOptionAreTaken(example: String) throws {
    let choice = try Choice<ObjectiveKind>(json: JSON(parsing: example))
    guard case .object(let members) = choice.json else { return }
    for name in type(of: choice.product).adjustable {
      guard let place = members.firstIndex(where: { $0.name == name }) else { continue }
      var changed = members
      switch changed[place].value {
      case .int(let value): changed[place].value = .int(value + 1)
      case .real(let value): changed[place].value = .real(value / 2 + 0.1)
      case .array: changed[place].value = [0.5, 3]
      default: changed[place].value = ["maximum": 7, "updates": 2]
      }
      let trainer = try trainer(#"{"objective": \#(example), "batch": 20}"#)
      try trainer.adjust(#"{"objective": \#(JSON.object(changed).line)}"#)
      try withTeam(1) { team in try trainer.step(team) }
      #expect(trainer.history.changes.count == 1, "\(name)")
    }
  }

  /// A file of the best validation has the settings of that moment.
  @Test func afterTheBestValidationAreNotInItsFile() throws {
    // No later validation is so much better.
    let trainer = try trainer(
      #"{"optimizer": {"type": "adam", "rate": 0.01}, "batch": 20, "stopping": {"minimumImprovement": 1000}}"#,
      every: 2)
    try withTeam(1) { team in
      try trainer.step(team)
      try trainer.adjust(#"{"clip": 5}"#)
      try trainer.step(team)
      try trainer.adjust(#"{"rate": 1}"#)
      for _ in 0..<4 { try trainer.step(team) }
    }
    #expect(trainer.history.changes.map(\.update) == [1, 2])
    let best = try trainer.reloaded(isBest: true)
    #expect(best.update == 2 && best.history.changes.map(\.update) == [1])
    #expect(best.spec.optimizer.rate == 0.01 && best.spec.clip == 5)
  }

  /// A validation counts by the warm-up that its update had, also when the history is read again.
  @Test func ofTheWarmUpHoldForLaterValidations() throws {
    let trainer = try trainer(
      #"{"objective": {"type": "elbo", "warmUp": 6}, "batch": 20, "stopping": {"minimumImprovement": 1000}}"#,
      every: 2)
    try withTeam(1) { team in
      for _ in 0..<2 { try trainer.step(team) }
      #expect(trainer.standing.bestUpdate == nil)
      try trainer.adjust(#"{"objective": {"type": "elbo"}}"#)
      #expect(trainer.standing.bestUpdate == nil)
      for _ in 0..<2 { try trainer.step(team) }
      #expect(trainer.standing.bestUpdate == 4)
      try trainer.adjust(#"{"schedule": {"type": "warmUp", "updates": 100}}"#)
      for _ in 0..<2 { try trainer.step(team) }
    }
    #expect(trainer.standing.bestUpdate == 4 && trainer.standing.since == 0)
    #expect(try trainer.reloaded().standing == trainer.standing)
  }
}
