import JSON
import TestSupport
import Testing

@testable import Variational

/// A refused update leads back to the latest good validation, with a lower rate.
@Suite struct Rewinding {
  private static let options =
    #""batch": 20, "averaging": {"decay": 0.9}, "stopping": {}, "seed": 4, "onRefusal": {"type": "rewind", "factor": 0.25}"#

  /// With this rate the second update is refused, since the first has ruined the parameters.
  @Test(arguments: [nil, 1, 3])
  func finishesARunWhoseRateIsFarTooHigh(every: Int?) throws {
    let rate = #""optimizer": {"type": "adam", "rate": 1e6}, "batch": 20"#
    let stopped = try Small.trainer("{\(rate)}")
    let refused = fault { try stopped.train(to: 40) }
    #expect(refused?.kind == .notFinite && stopped.update == 1, "\(refused as Any)")
    let rewound = try Small.trainer(
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
    let run = try Small.trainer(text, Small.model(name), every: 3)
    try run.train(to: 7)
    run.ruin()
    try withTeam(1) { team in try run.step(team) }
    let reference = try Small.trainer(text, Small.model(name), every: 3)
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
    let straight = try Small.trainer("{\(Self.options)}", Small.model(name), every: 3)
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
    let run = try Small.trainer("{\(Self.options)}", every: 3)
    try run.train(to: 5)
    try run.adjust(#"{"clip": 7}"#)
    run.ruin()
    try withTeam(1) { team in try run.step(team) }
    #expect(run.update == 3 && run.spec.clip == 7 && run.spec.optimizer.rate == 0.00025)
    #expect(run.history.changes.map(\.update) == [3, 3])
    #expect(try run.reloaded().history == run.history)
  }

  @Test func endsAfterSoManyTimes() throws {
    let run = try Small.trainer(
      #"{"batch": 10, "onRefusal": {"type": "rewind", "most": 2}}"#, Model(spec(Small.gaussian)),
      Small.rows(bad: 3e38))
    let fault = fault { try run.train(to: 10) }
    #expect(fault?.kind == .notFinite && run.history.rewound == 2)
    let hint = try #require(fault?.hint)
    #expect(hint.hasPrefix("the trainer has gone back 2 times: "), "\(hint)")
    #expect(hint.contains("check these rows"), "\(hint)")
  }

  /// Once its ways back are used up, the hint names what leads on, and that does.
  @Test func thatIsUsedUpIsNotAdvised() throws {
    let run = try Small.trainer(
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
    let skipping = try Small.trainer(
      #"{"batch": 10, "onRefusal": {"type": "skip", "total": 1}}"#, Model(spec(Small.gaussian)),
      Small.rows(bad: 3e38))
    let other = try #require(fault { try skipping.train(to: 40) }?.hint)
    #expect(
      other.hasSuffix("with trainer.set, raise \"most\" or \"total\" of \"onRefusal\" to go on"),
      "\(other)")
  }

  /// A validation that is not finite leads back too.
  @Test func followsAValidation() throws {
    let run = try Small.trainer(
      #"{"batch": 10, "onRefusal": {"type": "rewind", "most": 2}}"#, Model(spec(Small.gaussian)),
      Small.rows(bad: nil), held: Small.rows(bad: 3e38), every: 4)
    let fault = fault { try run.train(to: 10) }
    #expect(run.history.rewound == 2 && run.history.changes.map(\.refused) == [4, 4])
    #expect(fault?.message.contains("the validation's ELBO") == true, "\(fault as Any)")
    let skipping = try Small.trainer(
      #"{"batch": 10, "onRefusal": {"type": "skip"}}"#, Model(spec(Small.gaussian)),
      Small.rows(bad: nil),
      held: Small.rows(bad: 3e38), every: 4)
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
