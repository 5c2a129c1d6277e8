import JSON
import Testing

@testable import Service

private let load = request(
  "data.load",
  [
    "name": "b", "source": ["type": "strokes", "count": 20],
    "transforms": [["type": "binarize"]],
  ])
private let trainer = [
  load,
  request(
    "model.build",
    [
      "name": "m", "data": "b", "latent": 2, "encoder": [["type": "dense"]],
      "decoder": [["type": "dense"]], "likelihood": ["type": "bernoulli"],
    ]),
  request("trainer.create", ["name": "t", "model": "m", "data": "b"]),
]

/// The input ends at an unexpected place.
@Suite struct EndOfInput {
  @Test func inALineThatIsWhole() throws {
    let replies = try replies(to: [request("engine.ping")], ending: "")
    #expect(replies.map { $0["result"] } == [[:]])
  }

  @Test func inALine() throws {
    let replies = try replies(
      to: [load, String(request("data.list").dropLast(3))], ending: "")
    #expect(replies.count == 2 && replies[0]["result"] != nil)
    #expect(replies[1]["error"]?["code"] == -32700)
  }

  @Test func inABatch() throws {
    let replies = try replies(to: ["[\(load),"], ending: "")
    #expect(replies.count == 1 && replies[0]["error"]?["code"] == -32700)
    #expect(replies[0]["id"] == .null)
  }

  @Test func inATrainingThatWasAskedFor() throws {
    let step = request("trainer.step", ["trainer": "t", "updates": 50])
    let replies = try replies(to: trainer + [step], ending: "")
    #expect(replies.last?["result"]?["updates"] == 50)
  }

  @Test func inATrainingThatIsWaitedFor() throws {
    let lines = [
      request("trainer.start", ["trainer": "t", "updates": 50]),
      request("trainer.wait", ["trainer": "t"]),
    ]
    #expect(try replies(to: trainer + lines, ending: "").last?["result"]?["update"] == 50)
  }

  @Test(.timeLimit(.minutes(1))) func inATrainingThatNobodyWaitsFor() throws {
    let start = request("trainer.start", ["trainer": "t", "updates": 1_000_000_000])
    #expect(try replies(to: trainer + [start], ending: "").last?["result"]?["state"] == "running")
  }
}
