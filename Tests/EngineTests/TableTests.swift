import Files
import JSON
import SessionSupport
import TestSupport
import Testing

@testable import Engine

/// Rows are written as tables, with the names of their columns and the words of their classes.
@Suite struct WrittenTables {
  let folder = Folder()

  private func text(_ name: String) throws -> String {
    String(decoding: try File.read(folder(name)), as: UTF8.self)
  }

  private func session() throws -> Session {
    let session = Session()
    try folder.write(
      "in.csv",
      Array("\"size, cm\",leaf,kind\n1.5,round,basil\n-3,narrow,mint\n1e-7,round,basil\n".utf8))
    _ = try session.call(
      "data.load",
      """
      {"name": "plants", "source": {"type": "csv", "path": "\(folder("in.csv"))",
       "categories": {"leaf": []}, "label": "kind"}}
      """)
    return session
  }

  @Test func rowsOfATableComeBackAsTheyWere() throws {
    let session = try session()
    let reply = try session.call(
      "data.get", "{\"data\": \"plants\", \"path\": \"\(folder("out.csv"))\"}")
    #expect(reply["input"]?["path"]?.text == folder("out.csv"))
    #expect(reply["input"]?["shape"]?.line == "[3,2]")
    #expect(
      try text("out.csv")
        == "\"size, cm\",leaf,label\n1.5,round,basil\n-3,narrow,mint\n1e-07,round,basil\n")
    let again = try session.call(
      "data.load",
      """
      {"source": {"type": "csv", "path": "\(folder("out.csv"))", "categories": {"leaf": []},
       "label": "label"}}
      """)
    let first = try session.call("data.info", "{\"data\": \"plants\"}")
    #expect(again["sha256"] == first["sha256"])
    #expect(again["classNames"] == first["classNames"])
  }

  @Test func aModelWritesItsDrawsAndItsReconstructions() throws {
    let session = try session()
    _ = try session.call(
      "model.build",
      """
      {"name": "m", "data": "plants", "latent": 2, "encoder": [{"type": "dense"}],
       "decoder": [{"type": "dense"}], "likelihood": {"type": "gaussian"},
       "condition": {"type": "label"}}
      """)
    let draws = try session.call(
      "model.sample",
      "{\"model\": \"m\", \"count\": 3, \"label\": \"mint\", \"path\": \"\(folder("draws.csv"))\"}")
    #expect(draws["output"]?["path"]?.text == folder("draws.csv"))
    #expect(draws["latent"]?["path"]?.text == folder("draws.latent.csv"))
    let lines = try text("draws.csv").split(separator: "\n")
    #expect(lines.count == 4 && lines[0] == "\"size, cm\",leaf,label")
    #expect(lines.dropFirst().allSatisfy { $0.hasSuffix(",mint") })
    #expect(try text("draws.latent.csv").hasPrefix("0,1\n"))
    let pairs = try session.call(
      "model.reconstruct",
      "{\"model\": \"m\", \"data\": \"plants\", \"path\": \"\(folder("r.csv"))\"}")
    #expect(pairs["output"]?["path"]?.text == folder("r.csv"))
    #expect(try text("r.csv").hasPrefix("\"size, cm\",leaf,label\n"))
    #expect(try text("r.input.csv").contains("\n-3,narrow,mint\n"))
  }

  /// Every number comes back as it was: the ends of float32 and of integers, and zeros.
  @Test func numbersAreWrittenInFull() throws {
    let session = Session()
    _ = try session.call(
      "data.load",
      """
      {"name": "x", "source": {"type": "array", "values": [[-9.223372036854775807e18, 1.8e19],
       [3.4028234e38, 1.401298464e-45], [-0.0, 16777217], [-16777215, 0.1]]}}
      """)
    _ = try session.call("data.get", "{\"data\": \"x\", \"path\": \"\(folder("x.csv"))\"}")
    #expect(try text("x.csv").hasSuffix("\n-16777215,0.1\n"))
    let again = try session.call(
      "data.load", "{\"source\": {\"type\": \"csv\", \"path\": \"\(folder("x.csv"))\"}}")
    #expect(again["sha256"] == (try session.call("data.info", "{\"data\": \"x\"}"))["sha256"])
  }

  @Test func aFileOfAnotherKindIsNotReplaced() throws {
    let session = try session()
    try folder.write("out.csv", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    let params = "{\"data\": \"plants\", \"path\": \"\(folder("out.csv"))\"}"
    let fault = fault { _ = try session.call("data.get", params) }
    #expect(fault?.path == "path" && fault?.kind == .io)
    #expect(fault?.message.contains("holds a PNG image, where text is to be written") == true)
  }
}
