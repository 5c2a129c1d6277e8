import Engine
import JSON
import SessionSupport

/// A child with a small model and its trainer.
enum SmallTraining {
  /// Three requests with ids 1 to 3; the trainer is "t", its model "m".
  static let setup = [
    request(
      "data.load", id: 1,
      [
        "name": "b", "source": ["type": "strokes", "count": 50],
        "transforms": [["type": "subsample", "factor": 4], ["type": "binarize"]],
      ]),
    request(
      "model.build", id: 2,
      [
        "name": "m", "data": "b", "latent": 2, "encoder": [["type": "dense"]],
        "decoder": [["type": "dense"]], "likelihood": ["type": "bernoulli"],
      ]),
    request(
      "trainer.create", id: 3, ["name": "t", "model": "m", "data": "b", "batch": 10]),
  ]

  static func child(_ arguments: [String] = []) throws -> Child {
    let child = try Child(["serve"] + arguments)
    child.send(setup.joined(separator: "\n"))
    for _ in setup {
      guard child.line()?.contains("\"result\"") == true else { throw Fault(.io, "no trainer") }
    }
    return child
  }
}

extension Child {
  /// Returns the next message, checked against its schema, if it arrives in time and is JSON.
  func message(within seconds: Double = 60) -> JSON? {
    line(within: seconds).flatMap { try? json($0) }.map(validated)
  }

  /// Returns the reply to a request, if it arrives in time; skips other messages.
  func reply(to id: JSON, within seconds: Double = 60) -> JSON? {
    let deadline = Clock.seconds + seconds
    while let message = message(within: deadline - Clock.seconds) {
      if message["id"] == id, message["method"] == nil { return message }
    }
    return nil
  }

  /// Sends a request and returns its reply.
  func call(_ method: String, id: JSON = "call", _ params: JSON? = nil) -> JSON? {
    send(request(method, id: id, params))
    return reply(to: id)
  }

  /// Waits until the worker has taken every request.
  func waitUntilTaken() {
    while let reply = call("engine.stats", id: "taken") {
      if reply["result"]?["queued"] == 0 { return }
    }
  }
}
