import Engine
import Files
import Glibc
import JSON
import SessionSupport
import TestSupport
import Testing

/// A session that is kept in a folder: `elbo serve --state FOLDER`.
@Suite struct SessionFolderTests {
  let folder = Folder()
  var path: String { folder("state") }

  func open() throws -> Session {
    let session = Session()
    try session.keep(in: path)
    return session
  }

  func state(_ session: Session) throws -> JSON {
    try #require(try session.call("engine.info", "{}")["state"])
  }

  static let layers = #""encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}]"#

  func fill(_ session: Session) throws {
    _ = try session.call(
      "data.load",
      #"{"name": "d", "source": {"type": "array", "values": [[0, 1], [1, 0], [1, 1], [0, 0]], "labels": [0, 1, 1, 0]}}"#
    )
    _ = try session.call(
      "model.build",
      #"{"name": "m", "data": "d", "latent": 1, "likelihood": {"type": "bernoulli"}, \#(Self.layers)}"#
    )
    _ = try session.call(
      "trainer.create", #"{"name": "t", "model": "m", "data": "d", "batch": 3, "clip": 2}"#)
    _ = try session.call(
      "meanField.define",
      #"{"name": "p", "variables": 3, "energy": {"type": "allOnesForbidden"}}"#)
  }

  func step(_ session: Session, _ trainer: String = "t", _ updates: Int = 5) throws {
    _ = try session.call("trainer.step", #"{"trainer": "\#(trainer)", "updates": \#(updates)}"#)
  }

  func hash(_ session: Session, _ trainer: String = "t") throws -> String {
    try #require(
      try session.call("trainer.info", #"{"trainer": "\#(trainer)", "hash": true}"#)["hash"]?.text)
  }

  func weights(_ session: Session, _ model: String = "m") throws -> JSON {
    try session.call("model.parameters", #"{"model": "\#(model)"}"#)
  }

  @Test func everythingComesBack() throws {
    let first = try open()
    try fill(first)
    try step(first)
    first.close()
    let second = try open()
    let restored = try state(second)["restored"]?.elements?.compactMap { $0["name"]?.text }
    #expect(restored?.sorted() == ["d", "m", "p", "t"])
    #expect(try state(second)["lost"]?.elements?.isEmpty != false)
    #expect(try hash(second) == hash(first))
    #expect(try weights(second) == weights(first))
    #expect(
      try second.call("data.get", #"{"data": "d"}"#) == first.call("data.get", #"{"data": "d"}"#))
    #expect(
      try second.call("meanField.fit", #"{"distribution": "p", "family": "independent"}"#)
        == first.call("meanField.fit", #"{"distribution": "p", "family": "independent"}"#))
    // It goes on as if it had never stopped, also after a third start.
    try step(second)
    second.close()
    let third = try open()
    try step(first)
    #expect(try hash(third) == hash(first))
    #expect(Folder.names(in: path + "/arrays").count == 1)
    #expect(
      Folder.names(in: path + "/trainers/t.run").filter { $0.hasPrefix("update-") }.count == 1)
  }

  @Test func whatIsDroppedStaysAway() throws {
    let first = try open()
    try fill(first)
    try step(first)
    for (method, name) in [
      ("trainer.drop", "trainer\": \"t"), ("data.drop", "data\": \"d"),
      ("meanField.drop", "distribution\": \"p"),
    ] { _ = try first.call(method, "{\"\(name)\"}") }
    first.close()
    let second = try open()
    #expect(try state(second)["restored"]?.elements?.compactMap { $0["name"]?.text } == ["m"])
    // The weights are those after the training.
    #expect(try weights(second) == weights(first))
  }

  @Test func theLatestWeightsOfASharedModelComeBack() throws {
    let first = try open()
    try fill(first)
    _ = try first.call("trainer.create", #"{"name": "u", "model": "m", "data": "d", "batch": 2}"#)
    try step(first, "u")
    try step(first, "t")
    first.close()
    let second = try open()
    #expect(try weights(second) == weights(first))
    try step(second, "u", 1)
    try step(first, "u", 1)
    #expect(try weights(second) == weights(first))
    _ = try second.call(
      "model.assign", #"{"model": "m", "parameters": {"decoder.0.bias": [0.25, -0.25]}}"#)
    second.close()
    let third = try open()
    #expect(try weights(third) == weights(second))
    #expect(try weights(third)["decoder.0.bias"]?["values"] ?? .null != .array([]))
  }

  @Test func anotherModelOfTheNameDoesNotTakeTheTrainersWeights() throws {
    let first = try open()
    try fill(first)
    try step(first)
    _ = try first.call(
      "model.build",
      #"{"name": "m", "replace": true, "seed": 9, "data": "d", "latent": 1, "likelihood": {"type": "bernoulli"}, \#(Self.layers)}"#
    )
    first.close()
    let second = try open()
    #expect(try weights(second) == weights(first))
    #expect(try hash(second) == hash(first))
    #expect(try second.call("trainer.info", #"{"trainer": "t"}"#)["model"] != "m")
  }

  @Test func aFileThatHasChangedIsNamedAndNothingIsForgotten() throws {
    let source = try folder.write("d.csv", Array("a,b\n0,1\n1,0\n1,1\n".utf8))
    let first = try open()
    _ = try first.call(
      "data.load", #"{"name": "d", "source": {"type": "csv", "path": "\#(source)"}}"#)
    first.close()
    try folder.write("d.csv", Array("a,b\n0,1\n1,0\n0,1\n".utf8))
    let second = try open()
    let lost = try state(second)["lost"]?.elements
    #expect(lost?.count == 1 && lost?[0]["name"] == "d")
    #expect(lost?[0]["why"]?.text?.contains("not those that were loaded") == true)
    #expect(try second.call("data.list", "{}")["data"]?.elements?.isEmpty != false)
    _ = try second.call(
      "data.load", #"{"name": "e", "source": {"type": "strokes", "count": 3}}"#)
    second.close()
    try folder.write("d.csv", Array("a,b\n0,1\n1,0\n1,1\n".utf8))
    let third = try open()
    #expect(try third.call("data.list", "{}")["data"]?.elements?.count == 2)
  }

  @Test func oneProcessAtATime() throws {
    let first = try open()
    #expect(fault { _ = try open() }?.message.contains("another run") == true)
    withExtendedLifetime(first) {}
  }

  @Test func aFolderThatIsNoneIsRefused() throws {
    try folder.write("state", [1])
    #expect(fault { _ = try open() }?.kind == .io)
    unlink(path)
    mkdir(path, 0o700)
    try folder.write("state/session.json", Array("[{\"kind\": \"data\"}]".utf8))
    let found = fault { _ = try open() }
    #expect(found?.kind == .badFile, "\(found as Any)")
    #expect(found?.message.contains("session.json") == true)
    // Only methods that make something are called.
    try folder.write(
      "state/session.json",
      Array(
        #"[{"kind":"data","name":"d","method":"model.save","params":{"model":"m","path":"x"}}]"#
          .utf8
      ))
    let session = try open()
    #expect(
      try state(session)["lost"]?.elements?[0]["why"]?.text?.contains("makes nothing") == true)
  }

  @Test func theLogPlaysTheSessionAgain() throws {
    let first = try open()
    try fill(first)
    try step(first)
    first.close()
    let log = String(decoding: try File.read(path + "/requests.ndjson"), as: UTF8.self)
    let again = Session()
    for line in log.split(separator: "\n") {
      let request = try json(String(line))
      let method = try #require(request["method"]?.text)
      _ = try again.call(method, try #require(request["params"]).line)
    }
    #expect(try hash(again) == hash(first))
  }

  func csv(_ rows: String) throws -> String {
    try folder.write("d.csv", Array(("a,b\n" + rows).utf8))
  }

  /// A session with a trainer on a file.
  func trainedOnFile() throws -> Session {
    let source = try csv("0,1\n1,0\n1,1\n")
    let session = try open()
    _ = try session.call(
      "data.load", #"{"name": "d", "source": {"type": "csv", "path": "\#(source)"}}"#)
    _ = try session.call(
      "model.build",
      #"{"name": "m", "data": "d", "latent": 1, "likelihood": {"type": "bernoulli"}, \#(Self.layers)}"#
    )
    _ = try session.call("trainer.create", #"{"name": "t", "model": "m", "data": "d", "batch": 2}"#)
    try step(session)
    session.close()
    return session
  }

  @Test func aTrainerIsBackWhenItsDataAre() throws {
    let first = try trainedOnFile()
    let path = folder("d.csv")
    #expect(rename(path, folder("e.csv")) == 0)
    let second = try open()
    #expect(try state(second)["lost"]?.elements?.compactMap { $0["name"]?.text } == ["d", "t"])
    // The model has the weights of the trainer's checkpoint.
    #expect(try weights(second) == weights(first))
    _ = try second.call(
      "data.load", #"{"name": "d", "source": {"type": "csv", "path": "\#(folder("e.csv"))"}}"#)
    second.close()
    let third = try open()
    #expect(try state(third)["lost"]?.elements?.isEmpty != false)
    #expect(try hash(third) == hash(first))
  }

  @Test func aNewTrainerLeavesTheFilesOfALostOne() throws {
    let first = try trainedOnFile()
    #expect(rename(folder("d.csv"), folder("e.csv")) == 0)
    let second = try open()
    _ = try second.call(
      "data.load", #"{"name": "d", "source": {"type": "csv", "path": "\#(folder("e.csv"))"}}"#)
    _ = try second.call("trainer.create", #"{"name": "t", "model": "m", "data": "d", "batch": 2}"#)
    try step(second, "t", 2)
    second.close()
    let third = try open()
    #expect(try third.call("trainer.info", #"{"trainer": "t"}"#)["update"] == 2)
    let old = #"{"name": "u", "data": "d", "path": "\#(path)/trainers/t.run"}"#
    _ = try third.call("trainer.load", old)
    #expect(try hash(third, "u") == hash(first))
  }

  @Test func dataThatOnlyATrainerHasComeBackForIt() throws {
    let first = try open()
    try fill(first)
    try step(first)
    _ = try first.call("data.drop", #"{"data": "d"}"#)
    first.close()
    let second = try open()
    #expect(try state(second)["lost"]?.elements?.isEmpty != false)
    #expect(try second.call("data.list", "{}")["data"]?.elements?.isEmpty != false)
    try step(second)
    try step(first)
    #expect(try hash(second) == hash(first))
    _ = try second.call("trainer.drop", #"{"trainer": "t"}"#)
    second.close()
    #expect(try state(open())["restored"]?.elements?.contains { $0["name"] == "d" } == false)
  }

  @Test func aCopyIsASessionOfItsOwn() throws {
    let first = try open()
    try fill(first)
    try step(first)
    first.close()
    system("cp -r '\(path)' '\(folder("copy"))' && mv '\(path)' '\(folder("moved"))'")
    let copy = Session()
    try copy.keep(in: folder("copy"))
    #expect(try state(copy)["lost"]?.elements?.isEmpty != false)
    try step(copy)
    copy.close()
    let moved = Session()
    try moved.keep(in: folder("moved"))
    #expect(try hash(moved) == hash(first))
    try step(first)
    #expect(try hash(copy) == hash(first))
  }

  @Test func aChangeThatCouldNotBeWrittenIsWrittenLater() throws {
    let first = try open()
    try fill(first)
    let manifest = path + "/session.json"
    #expect(rename(manifest, manifest + ".old") == 0 && mkdir(manifest, 0o700) == 0)
    _ = try first.call(
      "data.load", #"{"name": "e", "source": {"type": "array", "values": [[1, 0]]}}"#)
    #expect(try state(first)["failure"]?.text?.contains("session.json") == true)
    _ = try first.call(
      "data.load", #"{"name": "f", "source": {"type": "array", "values": [[0, 0]]}}"#)
    #expect(try state(first)["failure"] != nil)
    #expect(first.close().isEmpty == false)

    let second = Session()
    #expect(rmdir(manifest) == 0 && rename(manifest + ".old", manifest) == 0)
    try second.keep(in: path)
    #expect(rename(manifest, manifest + ".old") == 0 && mkdir(manifest, 0o700) == 0)
    _ = try second.call(
      "data.load", #"{"name": "e", "source": {"type": "array", "values": [[1, 0]]}}"#)
    #expect(rmdir(manifest) == 0)
    _ = try second.call(
      "data.load", #"{"name": "f", "source": {"type": "array", "values": [[0, 0]]}}"#)
    #expect(try state(second)["failure"] == nil)
    #expect(second.close().isEmpty)
    let third = try open()
    #expect(try third.call("data.list", "{}")["data"]?.elements?.count == 3)
    let log = String(decoding: try File.read(path + "/requests.ndjson"), as: UTF8.self)
    #expect(log.split(separator: "\n").count == 6)
  }

  @Test func aTornLineOfTheLogIsCutOff() throws {
    let first = try open()
    try fill(first)
    first.close()
    let log = path + "/requests.ndjson"
    let whole = try File.read(log)
    let file = try #require(fopen(log, "a"))
    fputs("{\"jsonrpc\":\"2", file)
    fclose(file)
    let second = try open()
    try step(second, "t", 1)
    second.close()
    let text = String(decoding: try File.read(log), as: UTF8.self)
    #expect(text.hasPrefix(String(decoding: whole, as: UTF8.self)))
    for line in text.split(separator: "\n") { _ = try json(String(line)) }
    #expect(text.split(separator: "\n").count == 5)
  }
}
