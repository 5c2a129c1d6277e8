import Engine
import Glibc
import JSON
import SessionSupport
import TestSupport
import Testing

@testable import Service

/// What is left of a training when its process ends, in every way that it can.
@Suite struct CheckpointEndings {
  private let folder = Folder()

  private static let small = [
    request(
      "data.load",
      [
        "name": "d", "source": ["type": "strokes", "count": 200],
        "transforms": [["type": "subsample", "factor": 7], ["type": "binarize"]],
      ]),
    request(
      "model.build",
      [
        "name": "m", "data": "d", "latent": 2, "encoder": [["type": "dense"]],
        "decoder": [["type": "dense"]], "likelihood": ["type": "bernoulli"],
      ]),
  ]

  private func create(_ path: String, every: Int) -> String {
    request(
      "trainer.create",
      [
        "name": "t", "model": "m", "data": "d",
        "checkpoint": ["path": .string(path), "every": .int(every), "keep": 3],
      ])
  }

  private static let endless = request("trainer.start", ["trainer": "t", "updates": 1_000_000_000])

  /// Returns the update of the newest checkpoint, after going on from there for an update, and
  /// checks its state against a run that never stopped.
  private func resume(_ path: String) throws -> Int {
    let session = Session()
    for line in Self.small {
      let call = try json(line)
      _ = try session.call(call["method"]?.text ?? "", call["params"]?.line ?? "")
    }
    let load = #"{"name": "t", "data": "d", "path": "\#(path)"}"#
    let update = try Int(json: session.call("trainer.load", load)["update"] ?? .null)
    _ = try session.call("trainer.create", #"{"name": "u", "model": "m", "data": "d"}"#)
    _ = try session.call("trainer.step", #"{"trainer": "t", "updates": 1}"#)
    if update < 3000 {
      _ = try session.call("trainer.step", #"{"trainer": "u", "updates": \#(update + 1)}"#)
      let hashes = try ["t", "u"].map {
        try session.call("trainer.info", #"{"trainer": "\#($0)", "hash": true}"#)["hash"]
      }
      #expect(hashes[0] == hashes[1])
    }
    return update
  }

  @Test(
    .timeLimit(.minutes(2)),
    arguments: [(SIGTERM, 143), (SIGHUP, 129), (SIGINT, 130), (0, 0)] as [(Int32, Int32)])
  func theLastUpdateIsKept(signal: Int32, status: Int32) throws {
    let path = folder("run")
    let child = try Child(["serve"])
    child.send(
      (Self.small + [create(path, every: 1_000_000_000), Self.endless]).joined(separator: "\n"))
    for _ in 0..<4 { _ = child.message() }
    repeat {
      child.send(request("trainer.info", ["trainer": "t"]))
    } while child.message().map { $0["result"]?["update"] == 0 } ?? false
    #expect(Folder.names(in: path) == ["history.f32"])
    switch signal {
    case 0: child.closeInput()
    case SIGINT:
      kill(child.process, SIGINT)
      usleep(20_000)
      kill(child.process, SIGINT)
    default: kill(child.process, signal)
    }
    #expect(child.end() == status)
    #expect(Folder.names(in: path).count == 2)
    #expect(try resume(path) > 0)
  }

  /// A process that is killed at any moment leaves a whole checkpoint.
  @Test(.timeLimit(.minutes(20))) func aKilledProcessLeavesAWholeCheckpoint() throws {
    var dice = Dice(Repetition.seed)
    let times = Repetition.times(15, long: 1000)
    var resumed = 0
    for _ in 0..<times {
      let path = folder("killed-\(dice.next())")
      let child = try Child(["serve"])
      child.send((Self.small + [create(path, every: 5), Self.endless]).joined(separator: "\n"))
      for _ in 0..<4 { _ = child.message() }
      while Folder.names(in: path).count == 1, child.end(within: 0) == nil { usleep(1000) }
      usleep(UInt32(dice.below(60_000)))
      kill(child.process, SIGKILL)
      _ = child.end()
      // A killed write of the first one leaves a temporary file only.
      guard Folder.names(in: path).contains(where: { $0.hasPrefix("update-") }) else { continue }
      #expect(try resume(path) > 0)
      resumed += 1
    }
    figure("\(times) processes killed while they wrote checkpoints: \(resumed) went on from one")
    #expect(resumed > times / 2)
  }

  /// A session with `--state` that is killed at any moment is there at the next start.
  @Test(.timeLimit(.minutes(20))) func aKilledSessionComesBack() throws {
    var dice = Dice(Repetition.seed &+ 1)
    let times = Repetition.times(8, long: 200)
    let path = folder("state")
    var updates = 0
    for time in 0..<times {
      let child = try Child(["serve", "--state", path])
      child.send(request("engine.info"))
      let state = child.message()?["result"]?["state"]
      #expect(state?["lost"]?.elements?.isEmpty != false, "\(state as Any)")
      if time == 0 {
        child.send(
          (Self.small
            + [
              request(
                "trainer.create",
                [
                  "name": "t", "model": "m", "data": "d",
                  "checkpoint": ["path": .string(folder("run")), "every": 5],
                ])
            ]).joined(separator: "\n"))
        for _ in 0..<3 { #expect(child.message()?["result"] != nil) }
      }
      child.send(request("trainer.info", ["trainer": "t"]))
      let update = try Int(json: child.message()?["result"]?["update"] ?? .null)
      // Nothing that a checkpoint has seen is lost.
      #expect(update >= updates)
      updates = update
      child.send(Self.endless)
      _ = child.message()
      let before = Folder.names(in: folder("run"))
      while time % 2 == 0, Folder.names(in: folder("run")) == before, child.end(within: 0) == nil {
        usleep(1000)
      }
      usleep(UInt32(dice.below(60_000)))
      kill(child.process, SIGKILL)
      _ = child.end()
    }
    figure("\(times) sessions with --state killed, the last after \(updates) updates")
    #expect(updates > 0)
  }
}
