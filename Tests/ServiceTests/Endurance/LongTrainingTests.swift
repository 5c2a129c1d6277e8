import Engine
import Glibc
import JSON
import SessionSupport
import Testing

@testable import Service

/// Requests to a busy engine.
@Suite(.serialized) struct LongTraining {
  @Test func isCancelledAtOnceAndTheSessionGoesOn() throws {
    let child = try SmallTraining.child(["--threads", "2"])
    var dice = Dice(Repetition.seed)
    var times = Times()
    var update = 0
    for round in 0..<Repetition.times(20, long: 200) {
      let work: JSON = ["trainer": "t", "updates": 10_000_000, "progress": true]
      child.send(request("trainer.step", id: .int(round), work))
      // Its first progress shows that it has begun.
      while let message = child.message(), message["method"] != "$/progress" {}
      usleep(UInt32(dice.below(20_000)))
      let start = Clock.seconds
      child.send(request("$/cancelRequest", id: nil, ["id": .int(round)]))
      let result = try #require(child.reply(to: .int(round))?["result"])
      times.add(seconds: Clock.seconds - start)
      #expect(result["stopped"] == "cancelled")
      guard case .int(let done) = result["updates"] else { throw Fault(.io, result.line) }
      #expect(done > 0 && done < 10_000_000)
      update += done
      // No update is lost, and none is made after the reply.
      #expect(result["update"] == .int(update))
      let info = child.call("trainer.info", ["trainer": "t"])?["result"]
      #expect(info?["update"] == .int(update) && info?["state"] == "idle")
    }
    figure("cancel of 10^7 updates: answered after \(times.words(bound: 100))")
    #expect(times.greatest < 10_000)
  }

  /// A long update is finished, and no other begins.
  @Test func theUpdateUnderWayIsTheLast() throws {
    let child = try Child(["serve"])
    let wide: JSON = [["type": "dense", "units": 1024], ["type": "tanh"], ["type": "dense"]]
    child.send(
      [
        request(
          "data.load",
          [
            "name": "b", "source": ["type": "strokes", "count": 2000],
            "transforms": [["type": "binarize"]],
          ]),
        request(
          "model.build",
          [
            "name": "m", "data": "b", "latent": 2, "encoder": wide, "decoder": wide,
            "likelihood": ["type": "bernoulli"],
          ]),
        request("trainer.create", ["name": "t", "model": "m", "data": "b", "batch": 2000]),
        request(
          "trainer.step", id: "step", ["trainer": "t", "updates": 10_000_000, "progress": true]),
      ].joined(separator: "\n"))
    var seen = 0
    while seen < 2, let message = child.message() {
      if case .int(let update) = message["params"]?["update"] { seen = update }
    }
    child.send(request("$/cancelRequest", id: nil, ["id": "step"]))
    let result = try #require(child.reply(to: "step")?["result"])
    guard case .int(let done) = result["updates"] else { throw Fault(.io, result.line) }
    // Two more updates in case this process, and not the engine, is delayed.
    #expect(done >= seen && done <= seen + 3, "\(done) updates, cancelled after \(seen)")
  }

  /// A query in the middle of a run sees the parameters after a whole update, bit for bit.
  @Test func queriesSeeWholeUpdates() throws {
    let child = try SmallTraining.child()
    let parameters: JSON = ["model": "m", "encoding": "base64"]
    var seen: [(from: Int, to: Int, parameters: JSON)] = []
    let update = { (reply: JSON?) throws -> Int in
      guard case .int(let update) = reply?["result"]?["update"] else { throw Fault(.io, "no info") }
      return update
    }
    child.send(request("trainer.start", id: 0, ["trainer": "t", "updates": 1_000_000_000]))
    for id in 1...30 {
      // Sent together and answered one after the other; updates may come between the replies.
      let lines = [
        request("trainer.info", id: "before", ["trainer": "t"]),
        request("model.parameters", id: .int(id), parameters),
        request("trainer.info", id: "after", ["trainer": "t"]),
      ]
      child.send(lines.joined(separator: "\n"))
      let from = try update(child.reply(to: "before"))
      let result = try #require(child.reply(to: .int(id))?["result"])
      seen.append((from, try update(child.reply(to: "after")), result))
    }
    #expect(child.call("trainer.stop", ["trainer": "t"])?["result"]?["state"] == "idle")
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.to <= $1.from }, "updates go forward")

    // The same training step by step, examined after each update that may have been seen.
    let reference = try SmallTraining.child()
    var now = 0
    for (from, to, parameters) in seen {
      var isFound = false
      for target in from...to where !isFound {
        if target > now {
          let step = reference.call(
            "trainer.step", ["trainer": "t", "updates": .int(target - now)])
          now = try update(step)
        }
        let there = reference.call("model.parameters", ["model": "m", "encoding": "base64"])
        isFound = there?["result"] == parameters
      }
      #expect(isFound, "parameters between updates \(from) and \(to) are those of none")
    }
    #expect((seen.last?.to ?? 0) > (seen.first?.from ?? 0), "it trained meanwhile")
  }

  /// Progress only grows, ends before its reply, and comes at most ten times a second.
  @Test func progressOfARunGrows() throws {
    let child = try SmallTraining.child()
    let start = Clock.seconds
    child.send(
      request("trainer.start", id: 1, ["trainer": "t", "seconds": 0.6, "progress": true]))
    child.send(request("trainer.wait", id: 2, ["trainer": "t"]))
    var updates: [Int] = []
    while let message = child.message(), message["id"] != 2 {
      guard message["method"] == "$/progress" else { continue }
      #expect(message["params"]?["id"] == 1)
      if case .int(let update) = message["params"]?["update"] { updates.append(update) }
    }
    // The last report tells of the end, and may repeat the update of the previous one.
    #expect(!updates.isEmpty && updates == updates.sorted())
    #expect(Double(updates.count) <= (Clock.seconds - start) * 10 + 2)
  }

  /// A client that sends many requests to a busy engine, and reads nothing until the end.
  @Test func nothingThatWasAskedForIsDropped() throws {
    let child = try SmallTraining.child()
    child.send(
      request("trainer.start", id: 0, ["trainer": "t", "updates": 1_000_000, "progress": true]))
    let asked = (1...2000).map { request("trainer.info", id: .int($0), ["trainer": "t"]) }
    child.send(asked.joined(separator: "\n"))
    child.send(request("trainer.stop", id: 2001, ["trainer": "t"]))
    child.closeInput()
    usleep(300_000)
    let messages = child.rest().split(separator: "\n").compactMap { try? json(String($0)) }
    let replies = messages.filter { $0["method"] == nil }
    #expect(replies.map { $0["id"] } == (0...2001).map { .int($0) })
    #expect(replies.allSatisfy { $0["result"] != nil })
    #expect(child.end() == 0)
  }
}
