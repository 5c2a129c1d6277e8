import Declarations
import JSON
import Layers
import References
import Tensors
import TestSupport
import Testing

@testable import Variational

private let data = Rows(binary: 47, [9])

/// Rows of which one, by its value, makes its batch unusable.
private func rows(bad: Float?) -> Rows {
  var values = numbers(60, seed: 3)
  if let bad { values[2 * 7] = bad }
  return Rows([2], values)
}

private let gaussian = """
  {"shape": [2], "latent": 1, "likelihood": {"type": "gaussian"},
   "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}]}
  """

private func trainer(
  _ text: String, _ model: Model? = nil, _ data: Rows = data, held: Rows? = nil, every: Int? = nil
) throws -> Trainer {
  let held = held ?? Rows(binary: 11, [9], seed: 99)
  return try Trainer(
    try trainerSpec(text), model: try model ?? Small.model("plain"), data: data, rows: data.all,
    validation: every.map {
      Trainer.Validation(data: held, rows: held.all, every: $0, samples: 2)
    })
}

extension Trainer {
  /// Sets a weight of the encoder so that no batch has a finite objective.
  fileprivate func ruin() {
    var bias = model.parameters.tensor(1)
    for i in bias.values.indices { bias.values[i] = 3e38 }
    model.parameters.assign(bias, to: 1)
    let last = model.parameters.specs.count - 1
    var other = model.parameters.tensor(last)
    for i in other.values.indices { other.values[i] = i % 2 == 0 ? 3e38 : -3e38 }
    model.parameters.assign(other, to: last)
    for index in model.parameters.specs.indices.dropFirst(2) {
      var tensor = model.parameters.tensor(index)
      for i in tensor.values.indices { tensor.values[i] = 3e38 }
      model.parameters.assign(tensor, to: index)
    }
  }

  fileprivate func train(to update: Int, threads: Int = 1) throws {
    try withTeam(threads) { team in
      var steps = 0
      while self.update < update, steps < 1000 {
        try step(team)
        steps += 1
      }
    }
  }

  fileprivate var everything: [[Float]] {
    numbers + (average.map { [Array($0.parameters.all)] } ?? [])
  }
}

/// A batch that cannot be used is passed over.
@Suite struct SkippedBatches {
  private func skipping(_ options: String = "", bad: Float? = 3e38) throws -> Trainer {
    try trainer(
      #"{"batch": 10, "optimizer": {"type": "adam", "rate": 0.01}, "onRefusal": {"type": "skip"\#(options)}}"#,
      Model(spec(gaussian)), rows(bad: bad))
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
    let never = try trainer(
      #"{"batch": 10, "onRefusal": {"type": "skip", "most": 3}}"#, Model(spec(gaussian)),
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
    let resumed = try straight.reloaded(of: rows(bad: 3e38))
    #expect(resumed.history == straight.history)
    try straight.train(to: 11, threads: 1)
    try resumed.train(to: 11, threads: 2)
    let isSame = resumed.numbers == straight.numbers
    #expect(isSame && resumed.history == straight.history)
  }
}

/// A refused update leads back to the latest good validation, with a lower rate.
@Suite struct Rewinding {
  private static let options =
    #""batch": 20, "averaging": {"decay": 0.9}, "stopping": {}, "seed": 4, "onRefusal": {"type": "rewind", "factor": 0.25}"#

  /// With this rate the second update is refused, since the first has ruined the parameters.
  @Test(arguments: [nil, 1, 3])
  func finishesARunWhoseRateIsFarTooHigh(every: Int?) throws {
    let rate = #""optimizer": {"type": "adam", "rate": 1e6}, "batch": 20"#
    let stopped = try trainer("{\(rate)}")
    let refused = fault { try stopped.train(to: 40) }
    #expect(refused?.kind == .notFinite && stopped.update == 1, "\(refused as Any)")
    let rewound = try trainer(
      "{\(rate), \"onRefusal\": {\"type\": \"rewind\", \"factor\": 1e-4}}", every: every)
    try rewound.train(to: 40)
    let history = rewound.history
    #expect(history.count == 40 && history.rewound > 0)
    #expect(history.changes.allSatisfy { $0.refused != nil && $0.rate != nil })
    #expect(history.objective[39] > history.objective[0], "it has learned something")
    #expect(rewound.spec.optimizer.rate == history.changes.last?.rate?.to)
  }

  /// After going back everything is as it was, and the run goes on as if the rate had been set
  /// there.
  @Test(arguments: Small.names) func restoresEverything(name: String) throws {
    let text = "{\(Self.options)}"
    let run = try trainer(text, Small.model(name), every: 3)
    try run.train(to: 7)
    run.ruin()
    try withTeam(1) { team in try run.step(team) }
    let reference = try trainer(text, Small.model(name), every: 3)
    try reference.train(to: 6)
    let isBack = run.everything == reference.everything
    #expect(isBack && run.update == 6 && run.standing == reference.standing)
    #expect(
      run.history.changes.map(\.json.line) == [
        #"{"update":6,"rate":{"from":0.001,"to":0.00025},"refused":8}"#
      ])
    var unchanged = run.history
    unchanged.changes = []
    #expect(unchanged == reference.history)
    try reference.adjust(#"{"rate": 0.00025}"#)
    try run.train(to: 14, threads: 2)
    try reference.train(to: 14, threads: 1)
    let isSame = run.everything == reference.everything
    #expect(isSame && run.standing == reference.standing)
    #expect(run.history.objective == reference.history.objective)
    #expect(run.history.validation == reference.history.validation)
  }

  /// The snapshot is in the file: a run that is resumed goes back to the same one.
  @Test(arguments: Small.names, [0, 2, 3, 5, 7])
  func isExactAfterASave(name: String, saved: Int) throws {
    let straight = try trainer("{\(Self.options)}", Small.model(name), every: 3)
    try straight.train(to: saved)
    try straight.adjust(#"{"clip": 3}"#)
    let resumed = try straight.reloaded()
    for (trainer, threads) in [(straight, 1), (resumed, 2)] {
      try trainer.train(to: 7 + saved / 7, threads: threads)
      trainer.ruin()
      try trainer.train(to: 13, threads: threads)
    }
    #expect(straight.history.rewound == 1)
    let isSame = resumed.everything == straight.everything
    #expect(isSame && resumed.history == straight.history)
    #expect(resumed.standing == straight.standing && resumed.spec.json == straight.spec.json)
    // And once more, after the way back.
    let again = try straight.reloaded()
    #expect(again.history == straight.history && again.good?.update == straight.good?.update)
  }

  /// Settings that were changed after the snapshot stay, from there on.
  @Test func keepsWhatWasSet() throws {
    let run = try trainer("{\(Self.options)}", every: 3)
    try run.train(to: 5)
    try run.adjust(#"{"clip": 7}"#)
    run.ruin()
    try withTeam(1) { team in try run.step(team) }
    #expect(run.update == 3 && run.spec.clip == 7 && run.spec.optimizer.rate == 0.00025)
    #expect(run.history.changes.map(\.update) == [3, 3])
    #expect(try run.reloaded().history == run.history)
  }

  @Test func endsAfterSoManyTimes() throws {
    let run = try trainer(
      #"{"batch": 10, "onRefusal": {"type": "rewind", "most": 2}}"#, Model(spec(gaussian)),
      rows(bad: 3e38))
    let fault = fault { try run.train(to: 10) }
    #expect(fault?.kind == .notFinite && run.history.rewound == 2)
    let hint = try #require(fault?.hint)
    #expect(hint.hasPrefix("the trainer has gone back 2 times: "), "\(hint)")
    #expect(hint.contains("check these rows"), "\(hint)")
  }

  /// Once its ways back are used up, the hint names what leads on, and that does.
  @Test func thatIsUsedUpIsNotAdvised() throws {
    let run = try trainer(
      #"{"optimizer": {"type": "adam", "rate": 1e6}, "batch": 20, "onRefusal": {"type": "rewind", "most": 2}}"#
    )
    let hint = try #require(fault { try run.train(to: 40) }?.hint)
    #expect(!hint.contains("rewind") && hint.contains("has gone back 2 times"), "\(hint)")
    #expect(
      hint.hasSuffix(
        "with trainer.set, raise \"most\" or lower \"factor\" of \"onRefusal\" to go on"), "\(hint)"
    )
    try run.adjust(#"{"onRefusal": {"type": "rewind", "most": 9, "factor": 1e-4}}"#)
    try run.train(to: 40)
    #expect(run.update == 40 && run.history.rewound > 2)
    let skipping = try trainer(
      #"{"batch": 10, "onRefusal": {"type": "skip", "total": 1}}"#, Model(spec(gaussian)),
      rows(bad: 3e38))
    let other = try #require(fault { try skipping.train(to: 40) }?.hint)
    #expect(
      other.hasSuffix("with trainer.set, raise \"most\" or \"total\" of \"onRefusal\" to go on"),
      "\(other)")
  }

  /// A validation that is not finite leads back too.
  @Test func followsAValidation() throws {
    let run = try trainer(
      #"{"batch": 10, "onRefusal": {"type": "rewind", "most": 2}}"#, Model(spec(gaussian)),
      rows(bad: nil), held: rows(bad: 3e38), every: 4)
    let fault = fault { try run.train(to: 10) }
    #expect(run.history.rewound == 2 && run.history.changes.map(\.refused) == [4, 4])
    #expect(fault?.message.contains("the validation's ELBO") == true, "\(fault as Any)")
    let skipping = try trainer(
      #"{"batch": 10, "onRefusal": {"type": "skip"}}"#, Model(spec(gaussian)), rows(bad: nil),
      held: rows(bad: 3e38), every: 4)
    #expect(TestSupport.fault { try skipping.train(to: 10) }?.kind == .notFinite)
    #expect(skipping.update == 4 && skipping.history.skipped.isEmpty)
  }

  /// A finite validation far below the others is no state to go back to.
  @Test func isToGoodValidationsOnly() {
    func good(_ values: [Double], first: Float = -10) -> [Bool] {
      var history = History()
      (history.reconstruction, history.divergence) = ([first], [0])
      history.validation.reconstruction = values
      history.validation.divergence = values.map { _ in 0 }
      var reference: ELBOReference?
      return values.indices.map { index in
        if reference == nil {
          reference = ELBOReference()
          _ = reference?.take(Double(first))
        }
        return reference?.take(values[index]) == false
      }
    }
    #expect(good([-9, -5, -26, -24, -4, .nan]) == [true, true, false, true, true, false])
    #expect(good([-1e12, -9]) == [false, true])
    #expect(good([0.1, -2.1, 3, -17.1, -16], first: 0.1) == [true, false, true, false, false])
    #expect(good([7, 6], first: .nan) == [true, true])
  }
}

/// The policy changes between two updates, and a run remembers it.
@Suite struct OtherPolicies {
  private static let options = #""batch": 20, "averaging": {"decay": 0.9}, "stopping": {}"#

  /// With each policy in turn; a trainer that is saved anywhere ends the same.
  @Test(arguments: Small.names, [0, 2, 3, 5, 6, 8])
  func areKeptInTheFile(name: String, saved: Int) throws {
    let policies = [
      0: #"{"type": "skip", "most": 3}"#, 2: #"{"type": "rewind", "factor": 0.25}"#,
      6: #"{"type": "stop"}"#, 8: #"{"type": "rewind", "factor": 0.5}"#,
    ]
    func train(_ run: Trainer, from first: Int = 0, to last: Int) throws {
      for update in first..<last {
        if let policy = policies[update] { try run.adjust("{\"onRefusal\": \(policy)}") }
        if update == 5 { run.ruin() }
        try withTeam(1) { team in try run.step(team) }
        // It went back.
        try run.train(to: update + 1)
      }
    }
    let straight = try trainer("{\(Self.options)}", Small.model(name), every: 3)
    try train(straight, to: saved)
    let resumed = try straight.reloaded()
    #expect(resumed.good?.update == straight.good?.update)
    for run in [straight, resumed] { try train(run, from: saved, to: 10) }
    #expect(straight.history.rewound == 1)
    let changes = straight.history.changes
    #expect(changes.filter { $0.onRefusal != nil }.count == 4)
    #expect(changes.first?.onRefusal?.from == nil)
    #expect(changes.last?.onRefusal?.from?.typeName == "stop")
    let isSame = resumed.everything == straight.everything
    #expect(isSame && resumed.history == straight.history)
    #expect(resumed.spec.json == straight.spec.json)
    #expect(try straight.settings(of: 1).onRefusal?.typeName == "skip")
    #expect(try straight.settings(of: 7).onRefusal?.typeName == "stop")
  }

  /// Going back leads to the update at which it was asked for, before a validation was good.
  @Test func goBackToWhereTheyWereSet() throws {
    let run = try trainer("{\(Self.options)}")
    try run.train(to: 3)
    try run.adjust(#"{"onRefusal": {"type": "rewind"}}"#)
    #expect(run.good?.update == nil)
    try run.train(to: 5)
    run.ruin()
    try withTeam(1) { team in try run.step(team) }
    #expect(run.update == 3 && run.history.rewound == 1)
    try run.adjust(#"{"onRefusal": {"type": "stop"}}"#)
    #expect(run.good == nil)
    run.ruin()
    #expect(fault { try run.train(to: 9) }?.kind == .notFinite && run.update == 3)
  }
}

/// The error of a refused update says what was refused, and a way on, which is tried here.
@Suite struct RefusedUpdates {
  /// Only one row is the cause.
  @Test func nameTheRows() throws {
    let trainer = try trainer(
      #"{"batch": 10, "optimizer": {"type": "sgd", "rate": 0.01}}"#, Model(spec(gaussian)),
      rows(bad: 3e38))
    let fault = try #require(fault { try trainer.train(to: 9) })
    let weights = trainer.model.parameters.tensor(0).values
    #expect(fault.message.hasPrefix("update \(trainer.update + 1): the gradient of encoder.0."))
    #expect(fault.message.contains("(rows 7)"), "\(fault.message)")
    let range = "\(JSON.float(weights.min() ?? 0).line) to \(JSON.float(weights.max() ?? 0).line)"
    #expect(fault.message.contains("encoder.0.weight, from \(range)"), "\(fault.message)")
    #expect(fault.hint?.hasPrefix("check these rows; \"onRefusal\": {\"type\": \"skip\"}") == true)
    let skipping = try TrainerSpec(json: trainer.spec.json.adding("onRefusal", ["type": "skip"]))
    let other = try Trainer(
      skipping, model: trainer.model, data: trainer.data, rows: trainer.rows)
    try other.train(to: 9)
    #expect(other.update == 9 && !other.history.skipped.isEmpty)
  }

  /// Earlier updates are the cause: the best weights and a lower rate lead on.
  @Test func afterARuinLeadToTheBestWeights() throws {
    let trainer = try trainer(
      #"{"batch": 20, "stopping": {}, "optimizer": {"type": "adam", "rate": 0.01}}"#, every: 2)
    try trainer.train(to: 4)
    try trainer.adjust(#"{"rate": 1e6}"#)
    let refused = try #require(fault { try trainer.train(to: 30) })
    #expect(refused.message.hasPrefix("update 6: "), "\(refused)")
    #expect(refused.hint?.contains("have ruined the parameters") == true, "\(refused)")
    #expect(refused.hint?.contains("\"best\": true") == true, "\(refused)")
    #expect(refused.hint?.contains("\"rewind\"") == true)
    // A lower rate alone does not help.
    try trainer.adjust(#"{"rate": 0.001}"#)
    #expect(fault { try trainer.train(to: 30) }?.kind == .notFinite)
    let best = try trainer.reloaded(isBest: true)
    try best.adjust(#"{"rate": 0.001}"#)
    try best.train(to: 30)
    #expect(best.update == 30 && best.history.objective.allSatisfy { $0.isFinite })
  }

  /// Only the step leaves float32: a lower rate, or a clip, leads on from there.
  @Test(arguments: [#"{"rate": 1e-12}"#, #"{"rate": 1e-12, "clip": 1}"#])
  func byTheStepLeadToALowerRate(change: String) throws {
    let model = try Model(
      spec(
        gaussian.replacing(
          #"{"type": "gaussian"}"#, with: #"{"type": "gaussian", "deviation": 1e-5}"#)))
    let trainer = try trainer(
      #"{"batch": 10, "optimizer": {"type": "sgd", "rate": 1e30}}"#, model, rows(bad: nil))
    let refused = try #require(fault { try trainer.train(to: 9) })
    #expect(refused.message.hasPrefix("update 1: encoder.0."), "\(refused)")
    #expect(refused.message.contains(" was from "), "\(refused)")
    #expect(
      refused.hint?.hasPrefix("lower the rate of 1e+30, or give a \"clip\", with trainer.set")
        == true)
    try trainer.adjust(change)
    try trainer.train(to: 9)
    #expect(trainer.update == 9)
  }

  @Test func ofAFirstUpdateBlameTheData() throws {
    let trainer = try trainer(
      "{}", Model(spec(gaussian)), Rows([2], [Float](repeating: 3e38, count: 8)))
    let refused = fault { try trainer.train(to: 1) }
    #expect(refused?.hint?.hasPrefix("check the data") == true, "\(refused as Any)")
  }
}

/// A file whose record does not fit its history is refused.
@Suite struct CraftedRecords {
  private func load(_ change: (inout TrainerRecord) -> Void) throws -> Fault? {
    let text = #"{"batch": 20, "onRefusal": {"type": "rewind"}, "stopping": {}}"#
    let trainer = try trainer(text, every: 2)
    try trainer.train(to: 5)
    var file = try trainer.file(TrainerRecord())
    // Skipped batches are part of the state, and a crafted file need not have its hash.
    file.metadata.removeAll { $0.name == "hash" }
    var record = try Trainer.record(file, path: "file")
    let other = try Variational.Trainer(
      record.trainer, model: Model(record.model), data: data, rows: trainer.rows,
      validation: trainer.validation)
    change(&record)
    return fault { try other.restore(file, record, path: "file") }
  }

  @Test func isRefused() throws {
    var at = [Change(at: 3), Change(at: 2)]
    #expect(try load { _ in } == nil)
    #expect(try load { $0.changes = at }?.kind == .badFile)
    at = [Change(at: 6)]
    #expect(try load { $0.changes = at }?.kind == .badFile)
    at = [Change(at: 2)]
    at[0].rate = Changed(from: -1, to: 1)
    #expect(try load { $0.changes = at }?.kind == .badFile)
    at[0].rate = Changed(from: 1, to: 1)
    #expect(try load { $0.changes = at } == nil)
    for skipped in [[0], [7], [3, 2]] {
      #expect(try load { $0.skipped = skipped }?.kind == .badFile, "\(skipped)")
    }
    #expect(try load { $0.skipped = [2, 2, 6] } == nil)
    for snapshot in [6, 0] { #expect(try load { $0.snapshot = snapshot }?.kind == .badFile) }
    #expect(try load { $0.snapshot = nil }?.message.contains("snapshot.model.") == true)
  }
}

extension JSON {
  fileprivate func adding(_ name: String, _ value: JSON) -> JSON {
    guard case .object(let members) = self else { return self }
    return .object(members + [Member(name, value)])
  }
}
