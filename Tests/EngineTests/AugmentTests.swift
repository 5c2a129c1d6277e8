import Engine
import JSON
import SessionSupport
import TestSupport
import Testing

/// `augment` and `balance` of trainer.create: what is refused, and a run that is resumed.
@Suite struct AugmentedTraining {
  private let folder = Folder()

  private func session(
    likelihood: String = #"{"type": "bernoulli"}"#, scale: Double = 1, labels: Bool = true
  ) throws -> Session {
    let session = Session()
    let numbers: [Double] = (0..<480).map { place in
      let (row, column) = (place / 16, place % 16)
      let kind: Int = (row * 7 + column * column) % 5
      return Double(kind % 2) * scale
    }
    let classes = labels ? ", \"labels\": \((0..<30).map { $0 % 5 == 0 ? 1 : 0 })" : ""
    let values = "{\"shape\": [30, 4, 4], \"values\": \(numbers)}"
    _ = try session.call(
      "data.load",
      "{\"name\": \"d\", \"source\": {\"type\": \"array\", \"values\": \(values)\(classes)}}")
    _ = try session.call(
      "model.build",
      #"{"name": "m", "data": "d", "latent": 2, "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}], "likelihood": \#(likelihood)}"#
    )
    return session
  }

  private static func create(_ options: String, in session: Session) throws -> JSON {
    try session.call(
      "trainer.create", #"{"name": "t", "model": "m", "data": "d", "batch": 8, \#(options)}"#)
  }

  @Test(arguments: [
    (#"[{"type": "shift", "pixels": 4}]"#, "augment[0].pixels", "expected at most 3"),
    (
      #"[{"type": "flip"}, {"type": "mask", "probability": 1, "patch": 5}]"#, "augment[1].patch",
      "at most 4"
    ),
    (#"[{"type": "noise"}]"#, "augment[0]", "a deviation, or a probability"),
    (#"[{"type": "noise", "deviation": 1, "probability": 1}]"#, "augment[0]", "a deviation, or"),
    (#"[{"type": "noise", "deviation": 0.1}]"#, "augment[0]", "no density for"),
    (#"[{"type": "noise", "probability": 2}]"#, "augment[0].probability", "expected a number"),
    (#"[{"type": "turn"}]"#, "augment[0].type", "no such augmentation"),
  ])
  func refusals(augment: String, path: String, message: String) throws {
    let session = try session()
    let fault = #expect(throws: Fault.self) {
      try Self.create("\"augment\": \(augment)", in: session)
    }
    #expect(fault?.path == path && fault?.message.contains(message) == true, "\(fault as Any)")
  }

  @Test func valuesStayInTheSupport() throws {
    let positive = try session(likelihood: #"{"type": "gaussian"}"#, scale: 3)
    _ = try Self.create(#""augment": [{"type": "noise", "deviation": 0.5}]"#, in: positive)
    let exchanged = #expect(throws: Fault.self) {
      try Self.create(
        #""replace": true, "augment": [{"type": "noise", "probability": 0.5}]"#, in: positive)
    }
    #expect(exchanged?.kind == .support && exchanged?.path == "augment[0].probability")
    let both = #expect(throws: Fault.self) {
      try Self.create(
        #""replace": true, "augment": [{"type": "mask", "probability": 0.1}, {"type": "noise", "probability": 0.5}]"#,
        in: positive)
    }
    #expect(both?.path == "augment[1].probability")
    let counts = try session(likelihood: #"{"type": "poisson"}"#, scale: 3)
    _ = try Self.create(#""augment": [{"type": "mask", "probability": 0.1}]"#, in: counts)
    let noisy = #expect(throws: Fault.self) {
      try Self.create(
        #""replace": true, "augment": [{"type": "noise", "deviation": 0.1}]"#, in: counts)
    }
    #expect(noisy?.kind == .support && noisy?.path == "augment[0]")
  }

  @Test func tablesAreNoImages() throws {
    let session = Session()
    _ = try session.call(
      "data.load", #"{"name": "d", "source": {"type": "array", "values": [[1, 2], [3, 4]]}}"#)
    _ = try session.call(
      "model.build",
      #"{"name": "m", "data": "d", "latent": 1, "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}], "likelihood": {"type": "gaussian"}}"#
    )
    for part in [
      #"{"type": "flip"}"#, #"{"type": "shift", "pixels": 1}"#,
      #"{"type": "mask", "probability": 1, "patch": 1}"#,
    ] {
      let fault = #expect(throws: Fault.self) {
        try Self.create("\"augment\": [\(part)]", in: session)
      }
      #expect(fault?.kind == .shape && fault?.path == "augment[0]", "\(fault as Any)")
    }
    let fault = #expect(throws: Fault.self) { try Self.create(#""balance": true"#, in: session) }
    #expect(fault?.kind == .params && fault?.path == "balance" && fault?.got == "no labels")
  }

  private static let options =
    #""augment": [{"type": "shift", "pixels": 1}, {"type": "noise", "probability": 0.05}, {"type": "flip"}, {"type": "mask", "probability": 0.1}], "balance": true"#

  @Test func aResumedRunGoesOnToTheSameHash() throws {
    let session = try session()
    let reply = try Self.create(Self.options, in: session)
    #expect(reply["augment"]?.elements?.count == 4 && reply["balance"] == true)
    func hash(_ name: String) throws -> JSON {
      try #require(
        session.call("trainer.info", "{\"trainer\": \"\(name)\", \"hash\": true}")["hash"])
    }
    _ = try session.call("trainer.step", #"{"trainer": "t", "updates": 6}"#)
    _ = try session.call("trainer.save", #"{"trainer": "t", "path": "\#(folder("t"))"}"#)
    _ = try session.call("trainer.step", #"{"trainer": "t", "updates": 7}"#)
    let loaded = try session.call(
      "trainer.load", #"{"name": "u", "data": "d", "path": "\#(folder("t"))"}"#)
    #expect(loaded["augment"] == reply["augment"] && loaded["balance"] == true)
    _ = try session.call("trainer.step", #"{"trainer": "u", "updates": 7}"#)
    #expect(try hash("t") == hash("u"))
    // Without them, the run is another one.
    _ = try session.call(
      "model.build",
      #"{"name": "n", "data": "d", "latent": 2, "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}], "likelihood": {"type": "bernoulli"}}"#
    )
    _ = try session.call("trainer.create", #"{"name": "v", "model": "n", "data": "d", "batch": 8}"#)
    _ = try session.call("trainer.step", #"{"trainer": "v", "updates": 13}"#)
    #expect(try hash("t") != hash("v"))
    // The classes belong to the run.
    let other = try self.session(labels: false)
    let fault = #expect(throws: Fault.self) {
      try other.call("trainer.load", #"{"data": "d", "path": "\#(folder("t"))"}"#)
    }
    #expect(fault?.path == "data" && fault?.got == "no labels", "\(fault as Any)")
    #expect(fault?.message.hasPrefix("the saved trainer's \"balance\"") == true)
  }
}
