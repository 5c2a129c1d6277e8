import Engine
import JSON
import SessionSupport
import TestSupport
import Testing

/// The choice of updates and validations in `trainer.history`.
@Suite struct HistoryTests {
  private let session = Session()

  private func history(_ options: String) throws -> JSON {
    try session.call("trainer.history", "{\"trainer\": \"t\"\(options)}")
  }

  @Test func updatesAndValidationsAfterAnUpdate() throws {
    _ = try session.call(
      "data.load",
      #"{"name": "d", "source": {"type": "array", "values": [[0, 1], [1, 0], [1, 1], [0, 0]]}, "split": {"validation": 2}}"#
    )
    _ = try session.call(
      "model.build",
      #"{"name": "m", "data": "d", "latent": 1, "likelihood": {"type": "bernoulli"}, "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}]}"#
    )
    _ = try session.call(
      "trainer.create",
      #"{"name": "t", "model": "m", "data": "d", "batch": 2, "validation": {"every": 2}}"#)
    _ = try session.call("trainer.step", #"{"trainer": "t", "updates": 6}"#)
    let all = try history("")
    #expect(all["update"] == [1, 2, 3, 4, 5, 6])
    #expect(all["validation"]?["update"] == [2, 4, 6])
    let late = try history(#", "from": 4"#)
    #expect(late["update"] == [5, 6])
    #expect(late["validation"]?["update"] == [6])
    #expect(
      late["validation"]?["elbo"]?.elements == all["validation"]?["elbo"]?.elements?.suffix(1))
    let none = try history(#", "from": 1000000000"#)
    #expect(none["update"]?.line == "[]")
    #expect(none["validation"]?["update"]?.line == "[]")
    // Four lists do not fit in one file of this format, and a folder would have a misleading name.
    let folder = Folder()
    let found = fault { _ = try history(#", "path": "\#(folder("b.npy"))""#) }
    #expect(found?.kind == .params && found?.path == "path")
    #expect(found?.message.includes("a NumPy file, and 4 arrays") == true && found?.hint != nil)
    #expect(folder.names == [])
    _ = try history(#", "path": "\#(folder("b"))""#)
    #expect(folder.names == ["b"])
  }
}
