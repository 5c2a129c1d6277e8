import Engine
import Glibc
import JSON
import SessionSupport
import TestSupport
import Testing

@testable import Service

/// Sessions that real ranks of real launchers hold.
@Suite(.serialized, .enabled(if: !RankedChild.kinds.isEmpty, "\(RankedChild.excuse)"))
struct RanksProcessTests {
  private static let isLong = getenv("ELBO_LONG") != nil

  @Test(arguments: RankedChild.kinds, [true, false])
  func sameStateForAnyNumberOfRanks(kind: MPI.Kind, isCoupled: Bool) throws {
    let updates = Self.isLong ? 2000 : 25
    let alone = try #require(
      try RankedTraining.hashAlone(isCoupled: isCoupled, updates: updates))
    for count in [1, 2, 3, 4, 8] {
      let ranked = try RankedChild(kind, count)
      try RankedTraining.begin(ranked.ask, isCoupled: isCoupled)
      _ = ranked.ask("trainer.step", ["trainer": "t", "updates": .int(updates)])
      #expect(ranked.ask("trainer.info", ["trainer": "t", "hash": true])["hash"] == alone)
      #expect(ranked.ask("engine.info", .object([]))["ranks"]?["count"] == .int(count))
      let (ranks, launcher) = ranked.processes
      #expect(Set(ranks.keys) == Set(0..<count))
      ranked.child.closeInput()
      #expect(ranked.child.end(within: 60) == 0)
      #expect(RankedChild.left(of: Array(ranks.values) + [launcher ?? 0]).isEmpty)
    }
  }

  /// The error names the rank, nothing is left, and the last checkpoint goes on to the same state
  /// with fewer ranks.
  @Test(arguments: RankedChild.kinds) func aRankIsKilled(kind: MPI.Kind) throws {
    let alone = try #require(try RankedTraining.hashAlone(isCoupled: true, updates: 400))
    for round in 0..<(Self.isLong ? 50 : 3) {
      let folder = Folder()
      let ranked = try RankedChild(kind, 3)
      try RankedTraining.begin(ranked.ask)
      let checkpoint: JSON = ["path": .string(folder("kept")), "every": 10]
      let trainer = RankedTraining.trainer(isCoupled: true)
      guard case .object(let members) = trainer else { return }
      let more = [JSON.Member("checkpoint", checkpoint), JSON.Member("replace", true)]
      _ = ranked.ask("trainer.create", .object(members + more))
      _ = ranked.ask("trainer.step", ["trainer": "t", "updates": 30])
      let (ranks, launcher) = ranked.processes
      let victim = round % 3
      let endless: JSON = ["trainer": "t", "updates": 100_000_000]
      ranked.child.send(request("trainer.step", id: 1, endless))
      usleep(UInt32(20_000 + 1000 * (round * 37 % 100)))
      kill(try #require(ranks[victim]), SIGKILL)
      let error = try #require(ranked.child.message(within: 10)?["error"])
      #expect(error["code"] == 1701 && error["data"]?["kind"] == "rank")
      #expect(error["message"]?.text?.contains("rank \(victim) ") == true, "\(error.line)")
      #expect(ranked.ask("trainer.info", ["trainer": "t"])["code"] == 1701)
      ranked.child.closeInput()
      _ = ranked.child.end(within: 60)
      #expect(RankedChild.left(of: Array(ranks.values) + [launcher ?? 0]).isEmpty)

      let fewer = try RankedChild(kind, 1 + round % 2)
      _ = fewer.ask("data.load", RankedTraining.data)
      let loaded = fewer.ask(
        "trainer.load", ["name": "t", "data": "d", "path": .string(folder("kept"))])
      guard case .int(let update) = loaded["update"], update <= 400 else {
        // More updates than those of the hash were made.
        #expect(loaded["update"] != nil, "\(loaded.line)")
        continue
      }
      if update < 400 {
        _ = fewer.ask("trainer.step", ["trainer": "t", "updates": .int(400 - update)])
      }
      #expect(fewer.ask("trainer.info", ["trainer": "t", "hash": true])["hash"] == alone)
    }
  }

  /// "The end" of the protocol, with a training under way.
  @Test(arguments: RankedChild.kinds) func endsAreThoseOfOneProcess(kind: MPI.Kind) throws {
    let ends: [(status: Int32, end: (Child) -> Void)] = [
      (143, { $0.signal(SIGTERM) }), (129, { $0.signal(SIGHUP) }), (1, { $0.closeOutput() }),
      (-9, { $0.signal(SIGKILL) }),
      (
        130,
        {
          $0.signal(SIGINT)
          usleep(200_000)
          $0.signal(SIGINT)
        }
      ),
      (
        0,
        {
          $0.signal(SIGINT)
          usleep(200_000)
          $0.closeInput()
        }
      ),
    ]
    for (status, end) in ends {
      let ranked = try RankedChild(kind, 3)
      try RankedTraining.begin(ranked.ask)
      let endless: JSON = ["trainer": "t", "updates": 100_000_000]
      ranked.child.send(request("trainer.step", id: 1, endless))
      usleep(100_000)
      let (ranks, launcher) = ranked.processes
      #expect(ranks.count == 3)
      end(ranked.child)
      #expect(ranked.child.end(within: 20) == status)
      #expect(RankedChild.left(of: Array(ranks.values) + [launcher ?? 0]).isEmpty)
    }
  }

  @Test(arguments: RankedChild.kinds) func aCancelEndsAStepOnAllRanks(kind: MPI.Kind) throws {
    let ranked = try RankedChild(kind, 3)
    try RankedTraining.begin(ranked.ask)
    let endless: JSON = ["trainer": "t", "updates": 100_000_000]
    ranked.child.send(request("trainer.step", id: "long", endless))
    usleep(200_000)
    ranked.child.send(#"{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "long"}}"#)
    let reply = try #require(ranked.child.message(within: 20)?["result"])
    #expect(reply["stopped"] == "cancelled")
    guard case .int(let update) = reply["update"] else { return }
    // It goes on as one that never was cancelled.
    _ = ranked.ask("trainer.step", ["trainer": "t", "updates": 5])
    let hash = ranked.ask("trainer.info", ["trainer": "t", "hash": true])["hash"]
    #expect(try RankedTraining.hashAlone(isCoupled: true, updates: update + 5) == hash)
  }

  @Test(arguments: RankedChild.kinds) func aRunInTheBackgroundIsShared(kind: MPI.Kind) throws {
    let ranked = try RankedChild(kind, 2)
    try RankedTraining.begin(ranked.ask)
    _ = ranked.ask("trainer.start", ["trainer": "t", "updates": 40])
    #expect(ranked.ask("model.info", ["model": "m"])["latent"] == 3)
    #expect(ranked.ask("trainer.wait", ["trainer": "t"])["update"] == 40)
    let hash = ranked.ask("trainer.info", ["trainer": "t", "hash": true])["hash"]
    #expect(try RankedTraining.hashAlone(isCoupled: true, updates: 40) == hash)
  }

  /// Ranks share the rows of an evaluation, and answer what one process does.
  @Test(arguments: RankedChild.kinds) func evaluationsAreTheSame(kind: MPI.Kind) throws {
    let calls: [(String, JSON)] = [
      ("evaluate.elbo", ["model": "m", "data": "d", "samples": 3]),
      ("evaluate.likelihood", ["model": "m", "data": "d", "samples": 40]),
      ("evaluate.latent", ["model": "plain", "data": "d"]),
      ("evaluate.gap", ["model": "m", "data": "d", "samples": 25, "steps": 5]),
      ("evaluate.bracket", ["model": "m", "count": 9, "samples": 2, "temperatures": 5]),
      (
        "evaluate.gradient",
        ["model": "m", "data": "d", "count": 4, "objective": ["type": "elbo"], "draws": 3]
      ),
    ]
    func answers(_ ask: (String, JSON) -> JSON) throws -> [JSON] {
      try RankedTraining.begin(ask, isCoupled: false)
      let plain: JSON = ["name": "plain", "prior": ["type": "standardNormal"]]
      _ = ask("model.build", try RankedTraining.model(isCoupled: false).with(plain))
      return calls.map(ask)
    }
    let child = try Child(["serve", "--threads", "1"])
    let alone = try answers { method, params in
      child.send(request(method, id: 1, params))
      return child.message(within: 60)?["result"] ?? .null
    }
    for count in [2, 3] {
      let ranked = try RankedChild(kind, count)
      for (call, (own, expected)) in zip(calls, zip(try answers(ranked.ask), alone)) {
        #expect(own == expected && own["message"] == nil, "\(count) ranks, \(call.0): \(own.line)")
      }
    }
  }

  @Test(arguments: RankedChild.kinds) func aCancelEndsAnEvaluation(kind: MPI.Kind) throws {
    let ranked = try RankedChild(kind, 3)
    try RankedTraining.begin(ranked.ask, isCoupled: false)
    let endless: JSON = ["model": "m", "data": "d", "samples": 1_000_000]
    ranked.child.send(request("evaluate.likelihood", id: "long", endless))
    usleep(200_000)
    ranked.child.send(#"{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "long"}}"#)
    let error = ranked.child.message(within: 60)?["error"]
    #expect(error?["data"]?["kind"] == "cancelled", "\(error?.line ?? "no error")")
    #expect(ranked.ask("evaluate.elbo", ["model": "m", "data": "d"])["elbo"] != nil)
  }

  /// Nothing is lost and nothing doubled on the way to rank 0.
  @Test(arguments: RankedChild.kinds) func allRequestsArrive(kind: MPI.Kind) throws {
    let ranked = try RankedChild(kind, 2)
    let values = String(repeating: "[0.5,1],", count: 65_536) + "[0,1]"
    let count = Self.isLong ? 128 : 16
    for id in 0..<count {
      ranked.child.send(
        #"{"jsonrpc":"2.0","id":\#(id),"method":"data.load","params":{"name":"x\#(id)","source":{"type":"array","values":[\#(values)]}}}"#
      )
      let reply = try #require(ranked.child.message(within: 120))
      #expect(reply["id"] == .int(id) && reply["result"]?["count"] == 65_537)
    }
    #expect(ranked.ask("data.list", .object([]))["data"]?.elements?.count == count)
  }
}
