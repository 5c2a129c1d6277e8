import Engine
import Glibc
import JSON
import SessionSupport
import TestSupport
import Testing

@testable import Service

/// Sessions whose ranks keep a share of the rows each, and answer what one process does.
@Suite(.serialized, .enabled(if: !RankedChild.kinds.isEmpty, "\(RankedChild.excuse)"))
struct DistributedRowsTests {
  private static func alone() throws -> (String, JSON) -> JSON {
    let child = try Child(["serve", "--threads", "1"])
    return { method, params in
      child.send(request(method, id: 1, params))
      let reply = child.message(within: 60) ?? "no reply"
      return reply["result"] ?? reply["error"] ?? reply
    }
  }

  private static func hash(_ ask: (String, JSON) -> JSON) -> JSON? {
    ask("trainer.info", ["trainer": "t", "hash": true])["hash"]
  }

  @Test(arguments: RankedChild.kinds, [true, false])
  func sameStateForAnyNumberOfRanks(kind: MPI.Kind, isCoupled: Bool) throws {
    let alone = try #require(try RankedTraining.hashAlone(isCoupled: isCoupled, updates: 25))
    for (count, held): (Int, JSON) in [(1, [200]), (2, [100, 100]), (3, [67, 67, 66])] {
      let ranked = try RankedChild(kind, count)
      try RankedTraining.begin(ranked.ask, isCoupled: isCoupled, isDistributed: true)
      #expect(ranked.ask("data.info", ["data": "d"])["held"] == held)
      _ = ranked.ask("trainer.step", ["trainer": "t", "updates": 25])
      #expect(Self.hash(ranked.ask) == alone, "\(count) ranks")
    }
  }

  /// Calls that all ranks run together, and calls that the first runs alone.
  private static let calls: [(String, JSON)] = [
    ("evaluate.elbo", ["model": "m", "data": "d", "samples": 3]),
    ("evaluate.likelihood", ["model": "m", "data": "d", "samples": 40, "perRow": true]),
    ("evaluate.latent", ["model": "plain", "data": "d"]),
    ("evaluate.gap", ["model": "m", "data": "d", "samples": 25, "steps": 5]),
    (
      "evaluate.gradient",
      ["model": "m", "data": "d", "count": 4, "objective": ["type": "elbo"], "draws": 3]
    ),
    ("data.get", ["data": "d"]), ("data.get", ["data": "d", "indices": [199, 0, 7, 7]]),
    ("data.get", ["data": "d", "indices": [200]]),
    ("model.encode", ["model": "m", "data": "d", "samples": 2]),
    ("model.reconstruct", ["model": "m", "data": "d", "split": "validation"]),
    ("model.interpolate", ["model": "m", "data": "d", "indices": [3, 190], "steps": 3]),
    ("model.traverse", ["model": "m", "data": "d", "indices": [150], "steps": 3]),
    ("model.propose", ["data": "d"]),
    ("plot.data", ["data": "d"]), ("plot.latent", ["model": "m", "data": "d"]),
    ("plot.reconstructions", ["model": "m", "data": "d"]),
    ("trainer.info", ["trainer": "t"]),
  ]

  @Test(arguments: RankedChild.kinds) func answersAreTheSame(kind: MPI.Kind) throws {
    func answers(_ ask: (String, JSON) -> JSON, isDistributed: Bool) throws -> [JSON] {
      try RankedTraining.begin(ask, isCoupled: false, isDistributed: isDistributed)
      let plain: JSON = ["name": "plain", "prior": ["type": "standardNormal"]]
      _ = ask("model.build", try RankedTraining.model(isCoupled: false).with(plain))
      _ = ask("trainer.step", ["trainer": "t", "updates": 5])
      return Self.calls.map(ask)
    }
    let alone = try answers(Self.alone(), isDistributed: false)
    for count in [2, 3] {
      let ranked = try RankedChild(kind, count)
      let own = try answers(ranked.ask, isDistributed: true)
      for (call, (own, expected)) in zip(Self.calls, zip(own, alone)) {
        #expect(own == expected, "\(count) ranks, \(call.0): \(own.line)")
      }
      let refused = own.count { $0["code"] != nil }
      #expect(refused == 1, "only the row that there is not")
    }
  }

  /// Fitted changes of a table, weights, labels and notes, and what a load says.
  @Test(arguments: RankedChild.kinds) func tablesAreTheSame(kind: MPI.Kind) throws {
    let folder = Folder()
    let lines = (0..<90).map { "\($0 % 7),\(Double($0 * $0 % 31) / 4),\($0 % 3),1,\($0 % 5)" }
    let table = try folder.write(
      "table.csv", Array((["a,b,c,same,w"] + lines).joined(separator: "\n").utf8))
    let load: JSON = [
      "name": "d", "source": ["type": "csv", "path": .string(table), "label": "c"],
      "weights": "w", "split": ["validation": 20, "seed": 1, "stratify": true],
    ]
    let build: JSON = [
      "name": "m", "data": "d", "latent": 2, "preprocess": [["type": "standardize"]],
      "encoder": [["type": "dense"]], "decoder": [["type": "dense"]],
      "likelihood": ["type": "gaussian"],
    ]
    let create: JSON = [
      "name": "t", "model": "m", "data": "d", "batch": 30, "seed": 3, "validation": ["every": 2],
      "objective": ["type": "elbo", "samples": 30],
    ]
    func replies(_ ask: (String, JSON) -> JSON) -> [JSON] {
      [
        ask("model.build", build), ask("trainer.create", create),
        ask("trainer.step", ["trainer": "t", "updates": 7]), Self.hash(ask) ?? .null,
        ask("data.get", ["data": "d", "split": "validation"]),
      ]
    }
    let ask = try Self.alone()
    let loaded = ask("data.load", load)
    let noted = ask("data.load", load.with(["name": "other", "distributed": true]))
    #expect(noted["held"] == nil && noted["sha256"] == loaded["sha256"])
    #expect(noted["notes"]?.elements?.last?.text?.contains("--ranks") == true, "\(noted.line)")
    let alone = replies(ask)
    for count in [2, 3] {
      let ranked = try RankedChild(kind, count)
      let own = ranked.ask("data.load", load.with(["distributed": true]))
      #expect(own["held"] != nil && own["notes"] != nil)
      #expect(own.removing("held") == loaded, "\(own.line)")
      let all = replies(ranked.ask)
      for (own, expected) in zip(all, alone) { #expect(own == expected, "\(own.line)") }
    }
  }

  /// A file goes on with any number of ranks, whether they distribute the rows or not.
  @Test(arguments: RankedChild.kinds) func aSavedTrainerGoesOn(kind: MPI.Kind) throws {
    let alone = try #require(try RankedTraining.hashAlone(isCoupled: true, updates: 12))
    let folder = Folder()
    let path = JSON.string(folder("t.safetensors"))
    let first = try RankedChild(kind, 2)
    try RankedTraining.begin(first.ask, isDistributed: true)
    _ = first.ask("trainer.step", ["trainer": "t", "updates": 5])
    #expect(first.ask("trainer.save", ["trainer": "t", "path": path])["path"] == path)
    for (count, isDistributed) in [(3, true), (2, false)] {
      let next = try RankedChild(kind, count)
      _ = next.ask("data.load", RankedTraining.data.with(["distributed": .bool(isDistributed)]))
      let loaded = next.ask("trainer.load", ["name": "t", "data": "d", "path": path])
      #expect(loaded["update"] == 5, "\(loaded.line)")
      _ = next.ask("trainer.step", ["trainer": "t", "updates": 7])
      #expect(Self.hash(next.ask) == alone)
      let other = next.ask("trainer.load", ["name": "u", "data": "d", "path": "/nonesuch"])
      #expect(other["data"]?["kind"] == "io", "\(other.line)")
    }
  }

  @Test(arguments: RankedChild.kinds) func cancelsEndTogether(kind: MPI.Kind) throws {
    let ranked = try RankedChild(kind, 3)
    try RankedTraining.begin(ranked.ask, isCoupled: false, isDistributed: true)
    let long: [(String, JSON)] = [
      ("evaluate.likelihood", ["model": "m", "data": "d", "samples": 1_000_000]),
      ("trainer.step", ["trainer": "t", "updates": 100_000_000]),
      ("model.encode", ["model": "m", "data": "d", "samples": 100_000, "count": 20]),
    ]
    for (method, params) in long {
      ranked.child.send(request(method, id: "long", params))
      usleep(100_000)
      ranked.child.send(
        #"{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "long"}}"#)
      let reply = ranked.child.message(within: 60) ?? "no reply"
      let isCancelled =
        reply["error"]?["data"]?["kind"] == "cancelled"
        || reply["result"]?["stopped"] == "cancelled"
      #expect(isCancelled, "\(method): \(reply.line)")
      #expect(ranked.ask("evaluate.elbo", ["model": "m", "data": "d"])["elbo"] != nil)
      #expect(ranked.ask("data.get", ["data": "d", "count": 200])["input"] != nil)
    }
  }
}

extension JSON {
  /// Returns the object without a member.
  fileprivate func removing(_ name: String) -> JSON {
    guard case .object(let members) = self else { return self }
    return .object(members.filter { $0.name != name })
  }
}
