import JSON
import TestSupport
import Testing

@testable import Variational

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
    let straight = try Small.trainer("{\(Self.options)}", Small.model(name), every: 3)
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
    let run = try Small.trainer("{\(Self.options)}")
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
