import Engine
import JSON
import SessionSupport
import Testing

@testable import Service

/// A trainer "run" in its own session, which gets one request after another.
private struct Training {
  let dialogue: Dialogue

  init(deterministic: Bool = false) throws {
    var configuration = Configuration()
    configuration.isDeterministic = deterministic
    dialogue = try Dialogue(configuration)
    let dense: JSON = [["type": "dense"]]
    for (method, params) in [
      (
        "data.load",
        [
          "name": "d", "source": ["type": "strokes", "count": 20],
          "transforms": [["type": "subsample", "factor": 7], ["type": "binarize"]],
        ]
      ),
      (
        "model.build",
        [
          "name": "m", "data": "d", "latent": 1, "encoder": dense, "decoder": dense,
          "likelihood": ["type": "bernoulli"],
        ]
      ),
      ("trainer.create", ["name": "run", "model": "m", "data": "d", "batch": 10]),
    ] as [(String, JSON)] {
      let replies = ask(method, params)
      try #require(replies.first?["result"] != nil, "\(replies)")
    }
  }

  /// Returns the messages up to the reply, with no request left.
  @discardableResult
  func ask(_ method: String, id: JSON = 1, _ params: JSON) -> [JSON] {
    dialogue.send(request(method, id: id, params))
    return dialogue.take()
  }

  func ends(among messages: [JSON]) -> [JSON] {
    messages.compactMap { $0["params"] }.filter { $0["state"] != nil }
  }

  /// Returns the messages up to the end of the background run.
  func untilTheEnd() -> [JSON] {
    dialogue.transcript.take(
      orWhen: { dialogue.conversation.mailbox.isQuiet },
      until: { $0["params"]?["state"] != nil })
  }
}

@Suite struct TheEndOfABackgroundRun {
  @Test func isTold() throws {
    let training = try Training(deterministic: true)
    var messages = training.ask(
      "trainer.start", id: "s", ["trainer": "run", "updates": 300, "progress": true])
    if training.ends(among: messages).isEmpty { messages += training.untilTheEnd() }
    #expect(messages.first?["result"] == ["state": "running"])
    let reports = messages.dropFirst().compactMap { $0["params"] }
    #expect(reports.map { $0["update"] } == [100, 200, 300])
    #expect(reports.map { $0["state"] } == [nil, nil, "idle"])
    #expect(reports.last?["id"] == "s")
    #expect(training.ask("trainer.info", ["trainer": "run"]).first?["result"]?["state"] == "idle")
  }

  @Test func isToldOnlyToThoseWhoAsked() throws {
    let training = try Training()
    training.ask("trainer.start", ["trainer": "run", "updates": 50])
    #expect(training.ask("trainer.wait", ["trainer": "run"]).count == 1)
    let step = training.ask("trainer.step", ["trainer": "run", "updates": 300, "progress": true])
    #expect(training.ends(among: step).isEmpty, "a step has its reply")
    #expect(step.last?["result"]?["updates"] == 300)
  }

  @Test(
    arguments: [
      ("trainer.stop", ["trainer": "run"]), ("trainer.drop", ["trainer": "run"]),
      ("trainer.create", ["name": "run", "model": "m", "data": "d", "replace": true]),
    ] as [(String, JSON)])
  func whateverEndsIt(method: String, params: JSON) throws {
    let training = try Training()
    let begun = training.ask(
      "trainer.start", id: "s", ["trainer": "run", "updates": 1_000_000_000, "progress": true])
    #expect(training.ends(among: begun).isEmpty)
    let messages = training.ask(method, params)
    let ends = training.ends(among: messages)
    #expect(ends.map { $0["state"] } == ["idle"])
    #expect(ends.map { $0["id"] } == ["s"])
    #expect(messages.last?["result"] != nil, "told before the reply of what ended it")
  }

  @Test func comesBeforeTheReplyOfAWait() throws {
    let training = try Training()
    // On a busy machine the run may end before the wait begins.
    let messages =
      training.ask("trainer.start", id: "s", ["trainer": "run", "updates": 200, "progress": true])
      + training.ask("trainer.wait", id: "w", ["trainer": "run"])
    #expect(messages.last?["id"] == "w")
    #expect(training.ends(among: messages).count == 1)
  }

  @Test func isNeverDroppedForASlowReader() {
    let sink = Transcript()
    let outlet = Outlet(sink)
    outlet.sendProgress(JSON.int(1).bytes, of: 1)
    outlet.send(JSON.int(2).bytes, endingProgressOf: 1)
    outlet.drain()
    #expect(sink.take(orWhen: { true }, until: { _ in false }) == [1, 2])
  }

  @Test func mayBeAFailure() throws {
    let training = try Training()
    // A rate at which nothing stays finite.
    training.ask(
      "trainer.create",
      [
        "name": "run", "model": "m", "data": "d", "replace": true,
        "optimizer": ["type": "sgd", "rate": 1e30],
      ])
    var messages = training.ask(
      "trainer.start", ["trainer": "run", "updates": 1_000_000, "progress": true])
    if training.ends(among: messages).isEmpty { messages += training.untilTheEnd() }
    #expect(training.ends(among: messages).map { $0["state"] } == ["failed"])
  }
}

@Suite struct ReplayingABackgroundRun {
  static let log = """
    {"log":{"version":"0.1.0","deterministic":true,"threads":1,"maxLine":16777216}}
    {"in":{"jsonrpc":"2.0","id":1,"method":"data.load","params":{"name":"d","source":{"type":"strokes","count":20},"transforms":[{"type":"subsample","factor":7},{"type":"binarize"}]}}}
    {"in":{"jsonrpc":"2.0","id":2,"method":"model.build","params":{"name":"m","data":"d","latent":1,"encoder":[{"type":"dense"}],"decoder":[{"type":"dense"}],"likelihood":{"type":"bernoulli"}}}}
    {"in":{"jsonrpc":"2.0","id":3,"method":"trainer.create","params":{"name":"run","model":"m","data":"d","batch":10}}}
    {"in":{"jsonrpc":"2.0","id":4,"method":"trainer.start","params":{"trainer":"run","updates":3000,"progress":true}}}
    {"out":{"jsonrpc":"2.0","id":4,"result":{"state":"running"}}}
    {"out":{"jsonrpc":"2.0","method":"$/progress","params":{"id":4,"trainer":"run","update":3000,"state":"STATE"}}}
    {"in":{"jsonrpc":"2.0","id":5,"method":"trainer.info","params":{"trainer":"run"}}}

    """

  private func replayed(_ state: String) throws -> Replay {
    let text = Self.log.split(separator: "STATE").joined(separator: state)
    var replay = try Replay(
      try Log(text), household, Configuration(), tolerance: 0, isUpdating: true)
    replay.run()
    return replay
  }

  @Test func whatWasAskedAfterTheEndIsAskedAfterTheEnd() throws {
    let replay = try replayed("idle")
    let last = try #require(replay.updated.last.map { try json($0) })
    #expect(last["out"]?["result"]?["state"] == "idle", "\(last)")
    #expect(last["out"]?["result"]?["update"] == 3000)
    #expect(try replayed("idle").updated == replay.updated, "the same to the byte")
  }

  @Test func anotherEndIsADifference() throws {
    let finding = try #require(try replayed("failed").finding)
    #expect(finding.subject == "the end of trainer.start (id 4)")
    #expect(finding.difference.path == "params.state")
    #expect(finding.difference.expected == "\"failed\"" && finding.difference.got == "\"idle\"")
  }
}
