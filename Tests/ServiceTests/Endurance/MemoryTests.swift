import Engine
import Files
import Glibc
import JSON
import Testing

@testable import Service

/// Memory of one process that gets many requests, and too large ones.
@Suite(.serialized) struct Memory {
  /// A mixture that a client repeats: replies of every size, mistakes, a batch, and work.
  private static let mixture: [String] = {
    let cheap = [
      request("engine.ping"), request("engine.info"), request("data.list"),
      request("trainer.info", ["trainer": "t"]), request("engine.pong"), "not json",
      "[\(request("engine.ping")),\(request("model.list", id: 2))]",
      request("model.info", ["model": "n"]),
      request("model.decode", ["model": "m", "latent": [[0, 1]]]),
    ]
    return (0..<110).flatMap { _ in cheap }
      + [
        request("trainer.step", ["trainer": "t"]),
        request("evaluate.elbo", ["model": "m", "data": "b", "count": 5]),
        request("model.sample", ["model": "m", "count": 2]),
        request(
          "data.load", ["name": "x", "replace": true, "source": ["type": "strokes", "count": 2]]),
        request("data.drop", ["data": "x"]),
        request("trainer.step", ["trainer": "t", "updates": 3]),
        request("engine.stats"), request("engine.modules", ["kind": "layer"]),
        request("model.info", ["model": "m"]), request("data.info", ["data": "b"]),
      ]
  }()

  @Test func doesNotGrowWithRequests() throws {
    let child = try SmallTraining.child()
    let thousand = Self.mixture
    #expect(thousand.count == 1000)
    let bytes = Array((thousand.joined(separator: "\n") + "\n").utf8)
    let rounds = Repetition.times(60, long: 1000)
    var resident: [Int] = []
    let start = Clock.seconds
    for _ in 0..<rounds {
      #expect(child.send(bytes: bytes))
      try #require(child.skip(lines: thousand.count))
      resident.append(child.memory("VmRSS"))
    }
    // The history of a training is kept, 16 bytes an update, and does not count as drift.
    let history = 16 * 4 * rounds
    let settled = resident[(rounds / 10)...]
    let drift = (settled.last ?? 0) - (settled.first ?? 0) - history
    let range = (settled.max() ?? 0) - (settled.min() ?? 0)
    figure(
      "\(rounds)000 requests in \(Int(Clock.seconds - start)) s: memory after the first tenth drifts"
        + " by \(drift >> 10) KiB, ranges over \(range >> 10) KiB, is \(resident.last.map { $0 >> 10 } ?? 0) KiB"
    )
    #expect(drift < 1 << 20)
  }

  /// Input that may not accumulate in memory, in any amount: its size, and the error in the reply.
  struct Flood: Sendable, CustomTestStringConvertible {
    let what: String
    let unit: String
    let bytes: Int
    let code: Int
    let kind: String
    /// Whether it is a list, outside of which commas would be invalid.
    var isList = false
    var testDescription: String { what }

    var chunk: [UInt8] {
      // The one text that is not UTF-8.
      let unit = unit == "\u{FF}" ? [0x22, 0xFF] : Array(unit.utf8)
      return Array(repeatElement(unit, count: (1 << 20) / unit.count).joined())
    }

    init(
      _ what: String, _ unit: String, _ bytes: Int, _ code: Int, _ kind: String,
      isList: Bool = false
    ) {
      (self.what, self.unit, self.bytes, self.code, self.kind) = (what, unit, bytes, code, kind)
      self.isList = isList
    }
  }

  static let floods: [Flood] = [
    Flood("a line of 1 GiB", "x", 1 << 30, -32600, "tooLarge"),
    Flood("a text of 1 GiB", "\"\\u0041", 1 << 30, -32600, "tooLarge"),
    Flood("a million opening brackets", "[", 1_000_000, -32700, "syntax"),
    Flood("a million opening members", "{\"a\":", 5_000_000, -32700, "syntax"),
    Flood("16 MiB of {},", "{},", (16 << 20) - 4, -32600, "tooLarge", isList: true),
    Flood("a batch of 10^5", "1,", 200_000, -32600, "tooLarge", isList: true),
    Flood("16 MiB of NUL", "\0", 16 << 20, -32700, "syntax"),
    Flood("16 MiB that are not UTF-8", "\u{FF}", 16 << 20, -32700, "syntax"),
    Flood("16 MiB of digits", "1", 16 << 20, -32600, "number"),
  ]

  @Test(arguments: floods)
  func isBounded(flood: Flood) throws {
    let child = try Child(["serve"])
    _ = child.call("engine.ping")
    let before = child.memory("VmRSS")
    let chunk = flood.chunk
    if flood.isList { #expect(child.send(bytes: [0x5B])) }
    var left = flood.bytes
    while left > 0 {
      let part = min(left, chunk.count)
      #expect(child.send(bytes: part == chunk.count ? chunk : Array(chunk.prefix(part))))
      left -= part
    }
    #expect(child.send(bytes: Array((flood.isList ? "0]\n" : "\n").utf8)))
    let reply = try #require(child.message(within: 300))
    #expect(reply["error"]?["code"] == .int(flood.code), "\(reply.line)")
    #expect(reply["error"]?["data"]?["kind"]?.text == flood.kind)
    #expect(reply["id"] == .null)
    // Only one error, and the next request works.
    child.send(request("data.list", id: "next"))
    #expect(child.message()?.line == #"{"jsonrpc":"2.0","id":"next","result":{"data":[]}}"#)
    let rise = child.memory("VmHWM") - before
    figure("\(flood.what): memory rises by \(rise >> 20) MiB")
    #expect(rise <= 32 << 20)
  }
}
