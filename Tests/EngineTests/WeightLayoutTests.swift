import Engine
import Glibc
import JSON
import SessionSupport
import TestSupport
import Testing

/// Weights of PyTorch are (outputs, inputs), those of elbo (inputs, outputs); the layout is given,
/// or an error asks for it.
@Suite struct WeightLayouts {
  private let session = Session()
  private let path = "/tmp/elbo-layout-\(getpid())-\(UInt64.random(in: 0 ... .max)).safetensors"

  /// Builds an encoder of 3 to 4 to 4, whose second weight is square.
  private func build() throws {
    _ = try session.call(
      "model.build",
      """
      {"name": "m", "shape": [3], "latent": 2, "likelihood": {"type": "bernoulli"},
       "encoder": [{"type": "dense", "units": 4}, {"type": "gatedDense"}],
       "decoder": [{"type": "dense"}]}
      """)
  }

  private func weights(_ name: String) throws -> [Float] {
    let reply = try session.call("model.parameters", #"{"model": "m", "names": ["\#(name)"]}"#)
    return try [Float](json: try #require(reply["parameters"]?[name]?["values"]))
  }

  private static let square = (0..<16).map { Float($0) }

  /// Writes a file as PyTorch's `safetensors.torch.save_file` does.
  private func write(
    _ arrays: [(name: String, shape: [Int], values: [Float])], metadata: JSON? = nil
  ) throws {
    var members = metadata.map { [JSON.Member("__metadata__", $0)] } ?? []
    var begin = 0
    for array in arrays {
      let end = begin + 4 * array.values.count
      members.append(
        .init(
          array.name,
          ["dtype": "F32", "shape": array.shape.json, "data_offsets": [begin, end].json]))
      begin = end
    }
    let header = Array(JSON.object(members).line.utf8)
    let file = try #require(fopen(path, "w"))
    defer { fclose(file) }
    for bytes in [(0..<8).map { UInt8(header.count >> (8 * $0) & 255) }, header] {
      #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }
    for array in arrays {
      #expect(fwrite(array.values, 4, array.values.count, file) == array.values.count)
    }
  }

  private func assign(_ options: String) throws(Fault) {
    _ = try session.call("model.assign", "{\"model\": \"m\", \(options)}")
  }

  private func refusal(_ options: String) -> Fault? {
    do { try assign(options) } catch { return error }
    return nil
  }

  @Test func ofTorchAreTurned() throws {
    defer { unlink(path) }
    try build()
    try write([
      ("encoder.0.weight", [4, 3], (0..<12).map { Float($0) }),
      ("encoder.1.weight", [4, 4], Self.square), ("encoder.1.gateWeight", [4, 4], Self.square),
      ("encoder.0.bias", [4], [5, 6, 7, 8]),
    ])
    try assign("\"path\": \"\(path)\", \"layout\": \"torch\"")
    #expect(try weights("encoder.0.weight") == [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11])
    let turned: [Float] = [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15]
    #expect(try weights("encoder.1.weight") == turned)
    #expect(try weights("encoder.1.gateWeight") == turned)
    #expect(try weights("encoder.0.bias") == [5, 6, 7, 8])
    // Inline too.
    try assign(
      #""layout": "torch", "parameters": {"decoder.0.weight": [[1, 2], [3, 4], [5, 6]]}"#)
    #expect(try weights("decoder.0.weight") == [1, 3, 5, 2, 4, 6])
  }

  @Test func thatFitOnlyTheOtherWayAreHintedAt() throws {
    try build()
    let torch = refusal(#""parameters": {"decoder.0.weight": [[1, 2], [3, 4], [5, 6]]}"#)
    #expect(torch?.kind == .shape && torch?.path == "parameters.decoder.0.weight")
    #expect(torch?.hint?.contains("\"layout\": \"torch\"") == true)
    #expect(torch?.expected == "[2, 3]" && torch?.got == "[3, 2]")
    let own = refusal(
      #""layout": "torch", "parameters": {"decoder.0.weight": [[1, 2, 3], [4, 5, 6]]}"#)
    #expect(own?.kind == .shape && own?.hint?.contains("\"layout\": \"elbo\"") == true)
    #expect(own?.expected == "[3, 2]")
    // An array that fits in neither layout is refused without a misleading hint.
    let neither = refusal(#""parameters": {"decoder.0.weight": [[1, 2], [3, 4]]}"#)
    #expect(neither?.kind == .shape && neither?.hint == nil)
  }

  @Test func thatAreSquareAreAskedFor() throws {
    defer { unlink(path) }
    try build()
    let before = try weights("encoder.1.weight")
    for metadata in [nil, ["format": "pt"]] as [JSON?] {
      try write([("encoder.1.weight", [4, 4], Self.square)], metadata: metadata)
      let fault = refusal("\"path\": \"\(path)\"")
      #expect(fault?.kind == .params && fault?.path == "layout", "\(fault as Any)")
      #expect(fault?.message.contains("\"encoder.1.weight\" of shape [4, 4] is square") == true)
      #expect(try weights("encoder.1.weight") == before)
    }
    try assign("\"path\": \"\(path)\", \"layout\": \"elbo\"")
    #expect(try weights("encoder.1.weight") == Self.square)
    // A symmetric matrix, which is the same in both layouts.
    let same = (0..<16).map { Float($0 % 5 == 0 ? 1 : 0) }
    try write([("encoder.1.weight", [4, 4], same)])
    try assign("\"path\": \"\(path)\"")
    #expect(try weights("encoder.1.weight") == same)
  }

  /// Files that elbo wrote say so, and are assigned unchanged.
  @Test(arguments: [
    ("model.parameters", "\"model\": \"m\""), ("model.save", "\"model\": \"m\""),
  ])
  func ofOnesOwnFilesAreKnown(method: String, params: String) throws {
    defer { unlink(path) }
    try build()
    let before = try weights("encoder.1.weight")
    _ = try session.call(method, "{\(params), \"path\": \"\(path)\"}")
    let zeros = (0..<4).map { _ in "[0, 0, 0, 0]" }.joined(separator: ", ")
    try assign("\"parameters\": {\"encoder.1.weight\": [\(zeros)]}")
    try assign("\"path\": \"\(path)\"")
    #expect(try weights("encoder.1.weight") == before)
  }
}

/// Parts of a saved model, taken into another one.
@Suite struct PartTests {
  private let folder = Folder()

  private func session() throws -> Session {
    let session = Session()
    _ = try session.call(
      "data.load",
      #"{"name": "d", "source": {"type": "array", "values": [[0, 1], [1, 1], [1, 0]]}}"#)
    for (name, seed) in [("a", 1), ("b", 2)] {
      _ = try session.call(
        "model.build",
        #"{"name": "\#(name)", "data": "d", "latent": 1, "seed": \#(seed), "likelihood": {"type": "bernoulli"}, "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}]}"#
      )
    }
    return session
  }

  private func arrays(_ model: String, in session: Session) throws -> JSON {
    try session.call("model.parameters", #"{"model": "\#(model)"}"#)["parameters"] ?? .null
  }

  @Test(arguments: ["model", "trainer", "checkpoints"]) func theDecoderAloneIsTaken(
    _ kind: String
  ) throws {
    let session = try session()
    let path = folder("file")
    switch kind {
    case "model": _ = try session.call("model.save", #"{"model": "a", "path": "\#(path)"}"#)
    default:
      let policy = #", "checkpoint": {"path": "\#(path)", "every": 1}"#
      _ = try session.call(
        "trainer.create",
        #"{"name": "t", "model": "a", "data": "d", "batch": 3\#(kind == "trainer" ? "" : policy)}"#)
      _ = try session.call("trainer.step", #"{"trainer": "t", "updates": 1}"#)
      if kind == "trainer" {
        _ = try session.call("trainer.save", #"{"trainer": "t", "path": "\#(path)"}"#)
      } else {
        _ = try session.call("trainer.drop", #"{"trainer": "t"}"#)
      }
    }
    let (a, before) = (try arrays("a", in: session), try arrays("b", in: session))
    let reply = try session.call(
      "model.assign", #"{"model": "b", "path": "\#(path)", "parts": ["decoder"]}"#)
    #expect(reply["assigned"] == ["decoder.0.weight", "decoder.0.bias"])
    let after = try arrays("b", in: session)
    #expect(after["decoder.0.weight"] == a["decoder.0.weight"])
    #expect(after["encoder.0.weight"] == before["encoder.0.weight"])
    #expect(a["encoder.0.weight"] != before["encoder.0.weight"])
  }

  @Test func aPartThatTheFileLacksIsRefused() throws {
    let session = try session()
    _ = try session.call("model.save", #"{"model": "a", "path": "\#(folder("file"))"}"#)
    let fault = #expect(throws: Fault.self) {
      try session.call(
        "model.assign", #"{"model": "b", "path": "\#(folder("file"))", "parts": ["dekoder"]}"#)
    }
    #expect(fault?.path == "parts[0]" && fault?.hint?.contains("decoder") == true)
    #expect(fault?.expected == "one of encoder, decoder")
  }
}
