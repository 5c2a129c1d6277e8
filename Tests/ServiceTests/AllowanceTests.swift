import Engine
import Glibc
import JSON
import SessionSupport
import TestSupport
import Testing

@testable import Service

/// The limits of the command line: `--max-memory`, `--max-pending`, `--max-seconds`, `--threads`.
@Suite(.serialized) struct Allowances {
  @Test func engineInfoShowsThem() throws {
    let none = try Child(["serve"]).call("engine.info")?["result"]?["limits"]
    #expect(try #require(none)["line"] == 16_777_216)
    #expect(["memory", "pending", "seconds", "threads"].allSatisfy { none?[$0] == nil })
    let options = [
      "--max-memory", "100MiB", "--max-pending=7", "--max-seconds", "0.5", "--threads", "2",
    ]
    let limits = try Child(["serve"] + options).call("engine.info")?["result"]?["limits"]
    #expect(limits?["memory"] == 104_857_600)
    #expect(limits?["pending"] == 7)
    #expect(limits?["seconds"] == 0.5)
    #expect(limits?["threads"] == 2)
  }

  @Test(arguments: [
    (
      ["serve", "--max-memory", "10MB"], Int32(64),
      "expected a size like 400MiB or 419430400, got 10MB"
    ),
    (["serve", "--max-memory", "MiB"], 64, "--max-memory: expected a size"),
    (["serve", "--max-memory", "-1"], 64, "--max-memory: expected a size"),
    (["serve", "--max-memory", "9999999TiB"], 64, "bytes, got 9999999TiB"),
    (["serve", "--max-memory", "99999999999TiB"], 64, "bytes, got 99999999999TiB"),
    (["serve", "--max-memory", "8MiB"], 1, "start elbo with a larger --max-memory"),
    (["run", "--max-memory", "8MiB", "/dev/null"], 1, "within --max-memory"),
    (["serve", "--max-pending", "0"], 64, "--max-pending: expected an integer from 1"),
    (["serve", "--max-seconds", "0"], 64, "--max-seconds: expected a number above 0, got 0"),
    (["serve", "--max-seconds", "-3"], 64, "--max-seconds: expected a number from 0, got -3"),
    (["run", "--max-pending", "3", "x"], 64, "no such option: --max-pending"),
  ])
  func badOnesAreRefused(arguments: [String], status: Int32, words: String) throws {
    let run = try Child.run(arguments, joiningErrors: true)
    #expect(run.status == status)
    #expect(run.text.contains(words), "\(run.text)")
  }

  @Test(arguments: [
    ("1048576", 1 << 20), ("1024KiB", 1 << 20), ("400MiB", 400 << 20), ("2GiB", 2 << 30),
    ("1TiB", 1 << 40),
  ])
  func sizes(text: String, bytes: Int) throws {
    let options = try Options(["--max-memory", text], known: [.maxMemory])
    #expect(try options.size("max-memory", in: 1...(1 << 50)) == bytes)
  }

  // MARK: Waiting requests

  private func dialogue(pending: Int? = nil, seconds: Double? = nil) throws -> Dialogue {
    var configuration = Configuration()
    configuration.allowance.pending = pending
    configuration.allowance.seconds = seconds
    return try Dialogue(configuration)
  }

  private let cancel = { (id: JSON) in request("$/cancelRequest", id: nil, ["id": id]) }

  @Test func theOneBeyondIsRefusedAtOnceAndTheOthersRun() throws {
    let dialogue = try dialogue(pending: 2)
    dialogue.send(request("work", id: "long"))
    dialogue.waitUntilRunning()
    for id in 1...4 { dialogue.send(request("sum", id: .int(id), [1])) }
    // The reader was not held up, and the running request still runs.
    let early = dialogue.take { $0["id"] == 4 }
    #expect(early.map { $0["id"] } == [3, 4] && early.allSatisfy { $0.code == 1402 })
    let data = early.first?["error"]?["data"]
    #expect(data?["kind"] == "queueFull" && data?["hint"] != nil)
    #expect(early.first?["error"]?["message"]?.text?.contains("--max-pending") == true)
    #expect(dialogue.conversation.mailbox.count == 2)
    dialogue.send(cancel("long"))
    #expect(dialogue.take { $0["id"] == 2 }.map { $0["id"] } == ["long", 1, 2])
    // There is room again.
    dialogue.send(request("sum", id: 5, [1]))
    #expect(dialogue.take().map(\.code) == [nil])
  }

  @Test func membersOfABatchCount() throws {
    let dialogue = try dialogue(pending: 3)
    dialogue.send(request("work", id: "long"))
    dialogue.waitUntilRunning()
    let members = (1...5).map { request("sum", id: .int($0), [.int($0)]) }
    dialogue.send("[\(members.joined(separator: ","))]")
    dialogue.send(cancel("long"))
    let replies = dialogue.take { $0.elements != nil }.compactMap(\.elements).first
    #expect(replies?.map(\.code) == [nil, nil, nil, 1402, 1402])
    #expect(replies?.map { $0["id"] } == (1...5).map { .int($0) })
  }

  /// What has its answer already is not refused, nor is the end of a session.
  @Test func whatNeedsNoPlaceIsAnswered() throws {
    let dialogue = try dialogue(pending: 1)
    dialogue.send(request("work", id: "long"))
    dialogue.waitUntilRunning()
    for line in [
      request("sum", id: 1, [1]), request("sum", id: nil, [1]), request("nothing", id: 2),
      request("engine.ping", id: 3), request("shutdown", id: 4),
    ] { dialogue.send(line) }
    let early = dialogue.take { $0["id"] == 3 }
    #expect(early.map(\.code) == [-32601, nil])
    dialogue.send(cancel("long"))
    #expect(dialogue.take { $0["id"] == 4 }.map { $0["id"] } == ["long", 1, 4])
    dialogue.send(request("exit", id: nil))
    #expect(dialogue.conversation.waitForEnd() == 0)
  }

  /// Requests that arrive together while nothing runs: one more than may wait.
  @Test func aBurstOnARealProcess() throws {
    let lines = (1...50).map { request("engine.selfTest", id: .int($0)) }
    let run = try Child.run(["serve", "--max-pending", "3"], lines.joined(separator: "\n"))
    #expect(run.status == 0)
    let replies = try run.text.split(separator: "\n").map { try json(String($0)) }
    #expect(replies.count == 50)
    let refused = replies.filter { $0.code == 1402 }
    // All come in one piece, long before the first has an answer.
    #expect(refused.count == 46 && replies.prefix(46).allSatisfy { $0.code == 1402 })
    #expect(replies.suffix(4).map { $0["id"] } == [1, 2, 3, 4])
  }

  // MARK: Time

  @Test func aCallThatTakesTooLongIsStopped() throws {
    let dialogue = try dialogue(seconds: 0.4)
    func ask(_ method: String, _ params: JSON? = nil) throws -> JSON {
      dialogue.send(request(method, id: "ask", params))
      return try #require(dialogue.take { $0["id"] == "ask" }.last)
    }
    for line in SmallTraining.setup { dialogue.send(line) }
    #expect(dialogue.take { $0["id"] == 3 }.allSatisfy { $0.code == nil })
    let couplings = JSON.array((0..<19).map { [.int($0), .int($0 + 1), 0.5] })
    let energy: JSON = ["type": "ising", "couplings": couplings]
    #expect(
      try ask("meanField.define", ["name": "p", "variables": 20, "energy": energy]).code == nil)
    let long: JSON = ["trainer": "t", "updates": 1_000_000_000]
    #expect(try ask("trainer.start", long)["result"]?["state"] == "running")
    let calls: [(method: String, params: JSON, words: String)] = [
      ("data.load", ["source": ["type": "strokes", "count": 1_000_000]], "nothing has changed"),
      ("evaluate.elbo", ["model": "m", "data": "b", "samples": 1_000_000], "nothing has changed"),
      (
        "evaluate.likelihood", ["model": "m", "data": "b", "samples": 1_000_000],
        "nothing has changed"
      ),
      ("trainer.wait", ["trainer": "t"], "the run in the background goes on"),
    ]
    for (method, params, words) in calls {
      let start = Clock.seconds
      let reply = try ask(method, params)
      let took = Clock.seconds - start
      #expect(reply.code == 1403, "\(method): \(reply.line)")
      let error = reply["error"]
      #expect(error?["data"]?["kind"] == "timeUp" && error?["data"]?["hint"] != nil)
      #expect(error?["message"]?.text?.contains("--max-seconds") == true)
      #expect(error?["message"]?.text?.contains(words) == true, "\(reply.line)")
      #expect(took > 0.39 && took < 3, "\(method) ended after \(took) s")
      // The run in the background, which no request waits for, has no limit.
      #expect(try ask("trainer.info", ["trainer": "t"])["result"]?["state"] == "running")
    }
    // An end within the time is an end.
    let short = try ask("trainer.wait", ["trainer": "t", "seconds": 0.05])
    #expect(short["result"]?["state"] == "running")
    let stopped = try ask("trainer.stop", ["trainer": "t"])
    let before = try Int(json: stopped["result"]?["update"] ?? .null)
    // The updates of a training that was stopped stay.
    let reply = try ask("trainer.step", long)
    #expect(reply.code == 1403, "\(reply.line)")
    let after = try Int(json: ask("trainer.info", ["trainer": "t"])["result"]?["update"] ?? .null)
    #expect(after > before)
    #expect(
      reply["error"]?["message"]?.text?.contains("has made \(after) updates") == true,
      "\(reply.line)")
    // Cancelling is still cancelling.
    dialogue.send(request("trainer.step", id: "x", long))
    dialogue.waitUntilRunning()
    dialogue.send(cancel("x"))
    #expect(dialogue.take { $0["id"] == "x" }.last?["result"]?["stopped"] == "cancelled")
    #expect(try ask("trainer.step", ["trainer": "t", "updates": 3])["result"]?["updates"] == 3)
  }

  /// The end of the input does not end the limit.
  @Test func eachOfManyHasItsTime() throws {
    let long = request("data.load", ["source": ["type": "strokes", "count": 1_000_000]])
    let lines = [long] + Array(repeating: request("engine.info"), count: 50) + [long, long]
    let run = try Child.run(["serve", "--max-seconds", "0.3"], lines.joined(separator: "\n"))
    let codes = try run.text.split(separator: "\n").map { try json(String($0)).code }
    #expect(codes == [1403] + Array(repeating: nil, count: 50) + [1403, 1403])
  }

  @Test func aToolThatTakesTooLongHasAnError() throws {
    let child = try Child(["serve", "--max-seconds", "0.3"])
    let hello: JSON = [
      "protocolVersion": "2025-06-18", "capabilities": [:],
      "clientInfo": ["name": "test", "version": "1"],
    ]
    #expect(child.call("initialize", id: 1, hello)?["result"] != nil)
    let arguments: JSON = ["source": ["type": "strokes", "count": 1_000_000]]
    let reply = child.call("tools/call", id: 2, ["name": "data_load", "arguments": arguments])
    #expect(reply?["result"]?["isError"] == true, "\(reply?.line ?? "")")
    #expect(reply?.line.contains("--max-seconds") == true)
  }

  @Test func aFileOfRequestsHasALimitToo() throws {
    let folder = Folder()
    let line = request("data.load", ["source": ["type": "strokes", "count": 10_000_000]])
    let path = try folder.write("requests", Array(line.utf8))
    let run = try Child.run(["run", "--max-seconds", "0.3", path], joiningErrors: true)
    #expect(run.status == 1)
    #expect(run.text.contains("stopped after 0.3 s, which is what --max-seconds allows"))
  }
}
