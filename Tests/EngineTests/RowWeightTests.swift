import Engine
import JSON
import SessionSupport
import TestSupport
import Testing

/// `weights` of data.load: what is read, refused and shown, and what depends on it.
@Suite struct WeightedRows {
  private let folder = Folder()
  private let session = Session()

  private static let values = (0..<24).map { "[\($0 % 5), \($0 * $0 % 7)]" }.joined(separator: ",")

  @discardableResult
  private func load(_ weights: String, _ more: String = "") throws -> JSON {
    try session.call(
      "data.load",
      "{\"name\": \"d\", \"replace\": true, \"source\": {\"type\": \"array\", \"values\": [\(Self.values)]}, \"weights\": \(weights)\(more)}"
    )
  }

  private func build() throws {
    _ = try session.call(
      "model.build",
      #"{"name": "m", "replace": true, "data": "d", "latent": 1, "likelihood": {"type": "gaussian"}, "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}]}"#
    )
  }

  private static let numbers = "\((0..<24).map { $0 % 3 })"

  @Test func theyStayWithTheirRows() throws {
    let reply = try load(
      Self.numbers,
      #", "transforms": [{"type": "shuffle", "seed": 3}, {"type": "take", "count": 20}]"#)
    #expect(reply["count"] == 20 && reply["notes"] == nil)
    let rows = try session.call("data.get", #"{"data": "d"}"#)
    let values = try [Double](json: #require(rows["input"]?["values"]))
    let weights = try [Double](json: #require(rows["weights"]))
    // A row of these values has one of these places.
    for (row, weight) in weights.enumerated() {
      let places = (0..<24).filter {
        Double($0 % 5) == values[2 * row] && Double($0 * $0 % 7) == values[2 * row + 1]
      }
      #expect(places.contains { Double($0 % 3) == weight })
    }
    let info = try session.call("data.info", #"{"data": "d"}"#)
    #expect(try Double(json: #require(info["weights"]?["minimum"])) == 0)
    #expect(try Double(json: #require(info["weights"]?["maximum"])) == 2)
    let effective = try Double(json: #require(info["weights"]?["effectiveCount"]))
    let (sum, squares) = (weights.reduce(0, +), weights.reduce(0) { $0 + $1 * $1 })
    #expect(abs(effective - sum * sum / squares) < 1e-9)
  }

  @Test func aColumnOfATable() throws {
    let lines = (0..<12).map { "\($0),\($0 % 4),\($0 * 2)" }.joined(separator: "\n")
    try folder.write("t.csv", Array("a,w,b\n\(lines)\n".utf8))
    let reply = try session.call(
      "data.load",
      #"{"name": "t", "source": {"type": "csv", "path": "\#(folder("t.csv"))"}, "weights": "w"}"#)
    #expect(reply["shape"] == [2])
    #expect(try Double(json: #require(reply["weights"]?["maximum"])) == 3)
    let rows = try session.call("data.get", #"{"data": "t"}"#)
    #expect(try [Double](json: #require(rows["weights"])) == (0..<12).map { Double($0 % 4) })
    let other = #expect(throws: Fault.self) {
      try session.call(
        "data.load",
        #"{"source": {"type": "csv", "path": "\#(folder("t.csv"))"}, "weights": "v"}"#)
    }
    #expect(other?.path == "weights" && other?.hint?.contains("w") == true)
  }

  @Test(arguments: [
    ("[1, 2]", "weights", "a weight for each of 24 rows"),
    ("\([-1] + [Int](repeating: 1, count: 23))", "weights", "row 0 has the weight -1"),
    ("\([Int](repeating: 0, count: 24))", "weights", "all 24 weights are 0"),
    ("\"w\"", "weights", "no column beside them"),
    ("3", "weights", "expected"),
  ])
  func refusals(weights: String, path: String, message: String) {
    let fault = #expect(throws: Fault.self) { try load(weights) }
    #expect(fault?.path == path && fault?.message.contains(message) == true, "\(fault as Any)")
  }

  @Test func fewThatOutweighAllOthersAreNoted() throws {
    let reply = try load("\([1000] + [Int](repeating: 1, count: 23))")
    let notes = try #require(reply["notes"]?.elements)
    #expect(notes.contains { $0.line.contains("count as 1 of equal weight") }, "\(notes)")
    #expect(try load(Self.numbers)["notes"] == nil)
  }

  /// A mean over weighted rows is that over rows repeated as often.
  @Test func evaluationsAreWeighted() throws {
    try load(Self.numbers)
    try build()
    let weighted = try session.call(
      "evaluate.likelihood", #"{"model": "m", "data": "d", "samples": 30, "perRow": true}"#)
    let indices = (0..<24).flatMap { [Int](repeating: $0, count: $0 % 3) }
    let values = try [Double](json: #require(weighted["rows"]?["logLikelihood"]))
    let expected = indices.reduce(0) { $0 + values[$1] } / Double(indices.count)
    #expect(abs(try Double(json: #require(weighted["logLikelihood"])) - expected) < 1e-9)
    #expect(weighted["effectiveCount"] == 14.4)
    let plain = try session.call(
      "data.load",
      "{\"name\": \"e\", \"source\": {\"type\": \"array\", \"values\": [\(Self.values)]}}")
    #expect(plain["weights"] == nil)
    let repeated = try session.call(
      "evaluate.likelihood", #"{"model": "m", "data": "e", "samples": 30, "indices": \#(indices)}"#)
    #expect(abs(try Double(json: #require(repeated["logLikelihood"])) - expected) < 1e-6)
    #expect(repeated["effectiveCount"] == nil)
    let none = #expect(throws: Fault.self) {
      try session.call("evaluate.elbo", #"{"model": "m", "data": "d", "indices": [0, 3]}"#)
    }
    #expect(none?.path == "data" && none?.message.contains("weight 0") == true)
  }

  @Test func objectivesThatCompareRowsAreRefused() throws {
    try load(Self.numbers)
    try build()
    for objective in [
      #"{"type": "totalCorrelation"}"#, #"{"type": "elbo", "freeBits": 1}"#,
      #"{"type": "elbo", "capacity": {"maximum": 1, "updates": 2}}"#,
    ] {
      for call in [
        ("trainer.create", ""), ("evaluate.gradient", #", "draws": 2"#),
      ] {
        let fault = #expect(throws: Fault.self) {
          try session.call(
            call.0, "{\"model\": \"m\", \"data\": \"d\", \"objective\": \(objective)\(call.1)}")
        }
        #expect(fault?.path.hasPrefix("objective") == true, "\(call.0): \(fault as Any)")
      }
    }
  }

  @Test func aResumedRunHasTheSameWeights() throws {
    try load(Self.numbers)
    try build()
    _ = try session.call("trainer.create", #"{"name": "t", "model": "m", "data": "d", "batch": 7}"#)
    _ = try session.call("trainer.step", #"{"trainer": "t", "updates": 5}"#)
    _ = try session.call("trainer.save", #"{"trainer": "t", "path": "\#(folder("t"))"}"#)
    _ = try session.call("trainer.step", #"{"trainer": "t", "updates": 6}"#)
    let load = #"{"name": "u", "replace": true, "data": "d", "path": "\#(folder("t"))"}"#
    _ = try session.call("trainer.load", load)
    _ = try session.call("trainer.step", #"{"trainer": "u", "updates": 6}"#)
    let hashes = try ["t", "u"].map { name in
      try session.call("trainer.info", "{\"trainer\": \"\(name)\", \"hash\": true}")["hash"]
    }
    #expect(hashes[0] == hashes[1] && hashes[0] != nil)
    try self.load("\((0..<24).map { ($0 + 1) % 3 })")
    let fault = #expect(throws: Fault.self) { try session.call("trainer.load", load) }
    #expect(fault?.kind == .wrongState && fault?.message.contains("other weights") == true)
  }
}
