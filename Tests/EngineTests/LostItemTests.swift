import Engine
import Files
import Glibc
import JSON
import SessionSupport
import TestSupport
import Testing

/// What the folder of `--state` lists and could not be made again, and what was dropped.
extension SessionFolderTests {
  private func lost(_ session: Session) throws -> [String] {
    try (state(session)["lost"]?.elements ?? []).compactMap { $0["name"]?.text }
  }

  private func kept(_ part: String) -> [String] { Folder.names(in: "\(path)/\(part)").sorted() }

  private func damageModel() throws {
    try folder.write("state/models/m.safetensors", Array("no model".utf8))
  }

  @Test func whatIsLostCanBeGivenUp() throws {
    let first = try trainedOnFile()
    #expect(unlink(folder("d.csv")) == 0)
    let second = try open()
    #expect(try lost(second) == ["d", "t"])
    let why = try state(second)["lost"]?.elements?.compactMap { $0["why"]?.text } ?? []
    #expect(why[0].hasSuffix("and data.drop gives it up"), "\(why)")
    #expect(why[1].contains("the data set \"d\" was lost"), "\(why)")
    #expect(why[1].contains("make it again under this name with data.load"), "\(why)")
    #expect(why[1].hasSuffix("the next start tries it again, and trainer.drop gives it up"))
    for (method, params) in [
      ("data.info", #"{"data": "d"}"#), ("trainer.step", #"{"trainer": "t"}"#),
      ("trainer.create", #"{"model": "m", "data": "d"}"#),
    ] {
      let fault = fault { _ = try second.call(method, params) }
      #expect(fault?.kind == .unknownName, "\(method)")
      #expect(fault?.message.contains("was lost when the session was restored") == true)
      #expect(fault?.hint?.contains(".drop") == true, "\(fault as Any)")
    }
    _ = try second.call("trainer.drop", #"{"trainer": "t"}"#)
    #expect(try lost(second) == ["d"] && kept("trainers").isEmpty)
    #expect(fault { _ = try second.call("trainer.drop", #"{"trainer": "t"}"#) } != nil)
    _ = try second.call("data.drop", #"{"data": "d"}"#)
    #expect(try lost(second).isEmpty)
    second.close()
    let third = try open()
    #expect(try lost(third).isEmpty)
    #expect(try state(third)["restored"]?.elements?.compactMap { $0["name"]?.text } == ["m"])
    // The weights were in the trainer's checkpoint, which is gone.
    #expect(try weights(third) == weights(first))
  }

  /// A name that is generated is none of something lost, whose place it would take.
  @Test func aNewNameIsNotThatOfSomethingLost() throws {
    let source = try csv("0,1\n1,0\n")
    let first = try open()
    let load = #"{"source": {"type": "csv", "path": "\#(source)"}}"#
    #expect(try first.call("data.load", load)["data"] == "data-1")
    first.close()
    #expect(rename(source, folder("e.csv")) == 0)
    let second = try open()
    let strokes = #"{"source": {"type": "strokes", "count": 3}}"#
    #expect(try second.call("data.load", strokes)["data"] == "data-2")
    #expect(try lost(second) == ["data-1"])
  }

  /// Its file is written anew, so that it is there without the trainer, too.
  @Test func aModelThatItsTrainerBroughtBackIsNotLost() throws {
    let first = try open()
    try fill(first)
    try step(first)
    first.close()
    try damageModel()
    let second = try open()
    #expect(try lost(second).isEmpty)
    let restored = try state(second)["restored"]?.elements?.compactMap { $0["name"]?.text }
    #expect(restored?.sorted() == ["d", "m", "p", "t"])
    #expect(try hash(second) == hash(first))
    second.close()
    let file = #"{"path": "\#(path)/models/m.safetensors"}"#
    let loaded = try second.call("model.load", file)["model"]?.text ?? ""
    #expect(try weights(second, loaded) == weights(first))
  }

  @Test func aModelComesFromTheCheckpointOfATrainerThatIsLost() throws {
    let first = try trainedOnFile()
    #expect(unlink(folder("d.csv")) == 0)
    try damageModel()
    let second = try open()
    #expect(try lost(second) == ["d", "t"])
    #expect(try weights(second) == weights(first))
  }

  @Test func aNewModelLeavesTheFileOfALostOne() throws {
    let first = try open()
    try fill(first)
    _ = try first.call("trainer.drop", #"{"trainer": "t"}"#)
    first.close()
    try damageModel()
    let second = try open()
    #expect(try lost(second) == ["m"])
    _ = try second.call(
      "model.build",
      #"{"name": "m", "data": "d", "latent": 2, "likelihood": {"type": "bernoulli"}, \#(Self.layers)}"#
    )
    #expect(try lost(second).isEmpty)
    second.close()
    #expect(kept("models") == ["m-2.safetensors", "m.safetensors"])
    #expect(try File.read(path + "/models/m.safetensors") == Array("no model".utf8))
    #expect(try weights(open()) == weights(second))
  }

  /// An array is kept under its hash, so that a new one with the same values has the same file.
  @Test func aDamagedArrayIsWrittenAnew() throws {
    let first = try open()
    try fill(first)
    first.close()
    let name = try #require(kept("arrays").first)
    try folder.write("state/arrays/\(name)", Array("no array".utf8))
    let second = try open()
    #expect(try lost(second) == ["d", "t"])
    _ = try second.call(
      "data.load",
      #"{"name": "d", "source": {"type": "array", "values": [[0, 1], [1, 0], [1, 1], [0, 0]], "labels": [0, 1, 1, 0]}}"#
    )
    second.close()
    #expect(try lost(open()).isEmpty)
  }

  /// Nothing is removed that the folder did not list, or that something else still needs.
  @Test func filesOfDroppedThingsAreRemoved() throws {
    let session = try open()
    try fill(session)
    try step(session)
    let same =
      #"{"name": "e", "source": {"type": "array", "values": [[0, 1], [1, 0], [1, 1], [0, 0]]}}"#
    _ = try session.call("data.load", same)
    _ = try session.call(
      "trainer.create",
      #"{"name": "u", "model": "m", "data": "d", "batch": 2, "checkpoint": {"path": "\#(folder("run"))", "every": 1}}"#
    )
    try step(session, "u", 1)
    try folder.write("state/trainers/t.run/notes", [1])
    try folder.write("state/models/other.safetensors", [1])
    for (method, name) in [
      ("trainer.drop", "trainer\": \"t"), ("trainer.drop", "trainer\": \"u"),
      ("model.drop", "model\": \"m"), ("data.drop", "data\": \"d"),
    ] { _ = try session.call(method, "{\"\(name)\"}") }
    #expect(kept("trainers") == ["t.run"] && kept("trainers/t.run") == ["notes"])
    #expect(kept("models") == ["other.safetensors"])
    #expect(Folder.names(in: folder("run")).contains("history.f32"))
    #expect(kept("arrays").count == 1)
    _ = try session.call("data.drop", #"{"data": "e"}"#)
    #expect(kept("arrays").isEmpty)
    session.close()
    #expect(try state(open())["restored"]?.elements?.compactMap { $0["name"]?.text } == ["p"])
  }

  /// A list that someone has changed makes it remove nothing elsewhere.
  @Test(arguments: ["../decoy", "models/../../decoy", "other/decoy", "models"])
  func aListThatNamesOtherFilesRemovesNone(place: String) throws {
    let first = try open()
    try fill(first)
    _ = try first.call("trainer.drop", #"{"trainer": "t"}"#)
    first.close()
    let model = try File.read(path + "/models/m.safetensors")
    mkdir(path + "/other", 0o700)
    for name in ["decoy", "state/other/decoy"] { try folder.write(name, model) }
    let manifest = path + "/session.json"
    let text = String(decoding: try File.read(manifest), as: UTF8.self)
    try folder.write(
      "state/session.json", Array(text.replacing("models/m.safetensors", with: place).utf8))
    let second = try open()
    _ = try second.call("model.drop", #"{"model": "m"}"#)
    second.close()
    #expect(try File.read(folder("decoy")) == model)
    #expect(try File.read(path + "/other/decoy") == model)
    #expect(kept("models") == ["m.safetensors"])
  }

  /// What a later call has made under the same name is not overwritten by what is owed.
  @Test func anOwedChangeDoesNotUndoALaterOne() throws {
    let first = try open()
    let manifest = path + "/session.json"
    #expect(mkdir(manifest, 0o700) == 0)
    func load(_ values: String) throws {
      _ = try first.call(
        "data.load",
        #"{"name": "d", "replace": true, "source": {"type": "array", "values": \#(values)}}"#)
    }
    try load("[[1, 0]]")
    try load("[[0, 1]]")
    #expect(try state(first)["failure"] != nil)
    #expect(rmdir(manifest) == 0)
    #expect(first.close().isEmpty)
    #expect(
      try open().call("data.get", #"{"data": "d"}"#)["values"]
        == first.call("data.get", #"{"data": "d"}"#)["values"])
    let log = String(decoding: try File.read(path + "/requests.ndjson"), as: UTF8.self)
    #expect(log.split(separator: "\n").count == 2)
  }
}
