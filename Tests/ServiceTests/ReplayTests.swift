import Engine
import Glibc
import JSON
import SessionSupport
import Testing

@testable import Service

private func temporaryPath() -> String {
  "/tmp/elbo-test-\(getpid())-\(UInt64.random(in: 0 ... .max))"
}

private func recording(of input: [UInt8], _ configuration: Configuration = Configuration()) throws
  -> String
{
  let path = temporaryPath()
  defer { unlink(path) }
  let recorder = try Recorder(path: path, Serve.header(configuration))
  let dialogue = try Dialogue(configuration, recorder: recorder)
  dialogue.hear(input)
  _ = dialogue.conversation.waitForEnd()
  return try contents(of: path)
}

private func replayed(_ text: String, tolerance: Double = 1e-5, isUpdating: Bool = false) throws
  -> Replay
{
  var replay = try Replay(
    try Log(text), household, Configuration(), tolerance: tolerance, isUpdating: isUpdating)
  replay.run()
  return replay
}

@Suite struct Recording {
  static let input =
    Array(
      [
        request("sum", id: 1, [1, 2]), "not JSON", request("engine.stats", id: "s"), "[]",
        "[\(request("get_data", id: 3)),\(request("engine.ping", id: nil)),7]",
        request("work", id: 4, ["updates": 3, "progress": true]), request("nothing", id: .null),
        String(repeating: "x", count: 5000),
        request("sum", id: 12, ["a": .string(String(repeating: "x", count: 5000))]),
        request("fail", id: 1), request("sum", id: 1, [5]),
      ].joined(separator: "\n").utf8) + [0x0A, 0x22, 0xFF, 0x22, 0x0A]
    + Array(request("shutdown", id: 9).utf8)

  private var small: Configuration {
    var configuration = Configuration()
    configuration.limits.line = 4096
    return configuration
  }

  @Test func replaysTheSame() throws {
    let replay = try replayed(try recording(of: Self.input, small), tolerance: 0)
    #expect(replay.finding == nil)
  }

  @Test func deterministicRunsAreTheSameToTheByte() throws {
    var configuration = small
    configuration.isDeterministic = true
    let outs = { (log: String) in
      log.split(separator: "\n").filter { $0.hasPrefix("{\"out\"") }.joined(separator: "\n")
    }
    let first = outs(try recording(of: Self.input, configuration))
    #expect(try outs(recording(of: Self.input, configuration)) == first)
  }

  @Test func holdsWhatWasSaid() throws {
    let log = try recording(
      of: Array("{ \"jsonrpc\":\"2.0\",\"id\":1e0,\"method\":\"sum\" }\nx".utf8))
    let lines = log.split(separator: "\n").sorted()
    #expect(
      lines == [
        #"{"in":{ "jsonrpc":"2.0","id":1e0,"method":"sum" }}"#,
        #"{"inText":"x"}"#,
        #"{"log":{"version":"0.1.0","deterministic":false,"threads":1,"maxLine":16777216}}"#,
        #"{"out":{"jsonrpc":"2.0","id":1.0,"result":0}}"#,
        #"{"out":{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"invalid token near 'x', at byte 1","data":{"kind":"syntax","hint":"a request is one line, as in {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"engine.ping\"}"}}}}"#,
      ])
  }

  @Test func aFileThatCannotBeMade() {
    #expect(throws: Fault.self) { try Recorder(path: "/nonexistent/log", [:]) }
  }
}

@Suite struct Replaying {
  static let log = """
    # Two sums, by hand.
    {"in":{"jsonrpc":"2.0","id":1,"method":"sum","params":[1,2]}}
    {"out":{"jsonrpc":"2.0","id":1,"result":3}}

    {"in":{"jsonrpc":"2.0","id":2,"method":"work","params":{"updates":2,"size":3,"progress":true}}}
    {"in":{"jsonrpc":"2.0","id":3,"method":"engine.ping"}}
    {"out":{"jsonrpc":"2.0","id":3,"result":{}}}
    {"out":{"jsonrpc":"2.0","method":"$/progress","params":{"id":2,"update":77}}}
    {"out":{"jsonrpc":"2.0","id":2,"result":{"update":2,"text":"xxx"}}}

    """

  @Test func theSame() throws { #expect(try replayed(Self.log).finding == nil) }

  @Test(arguments: [
    (
      "\"result\":3", "\"result\":4", 3, "the reply to sum (id 1)", "result", "4", "3"
    ),
    (
      "\"xxx\"", "\"xxy\"", 9, "the reply to work (id 2)", "result.text", "\"xxy\"", "\"xxx\""
    ),
    (
      "\"id\":3,\"result\":{}", "\"id\":3,\"result\":{\"a\":1}", 7,
      "the reply to engine.ping (id 3)", "result.a", "1", "nothing"
    ),
    (
      ",\"text\":\"xxx\"", "", 9, "the reply to work (id 2)", "result.text", "nothing", "\"xxx\""
    ),
    (
      "\"id\":1,\"result\"", "\"id\":5,\"result\"", 3, "the reply to id 5", "",
      "{\"jsonrpc\":\"2.0\",\"id\":5,\"result\":3}", "no reply"
    ),
    (
      "{\"out\":{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{}}}\n", "", 8,
      "the reply to engine.ping (id 3)", "", "the end of the log",
      "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{}}"
    ),
  ])
  func aDifferenceIsFound(
    old: String, new: String, line: Int, subject: String, path: String, expected: String,
    got: String
  ) throws {
    let parts = Self.log.components(around: old)
    let replay = try replayed(parts.before + new + parts.after)
    var difference = Difference(path: path, expected: expected, got: got)
    if expected == "4" { difference.relative = 0.25 }
    #expect(replay.finding == .init(line: line, subject: subject, difference: difference))
  }

  @Test func isShownToAPerson() throws {
    let parts = Self.log.components(around: "\"result\":3")
    let replay = try replayed(parts.before + "\"result\":3.1" + parts.after)
    let finding = try #require(replay.finding)
    #expect(
      replay.words(for: finding, in: "sums.log") == """
        sums.log:3: the reply to sum (id 1) differs
          at        result
          expected  3.1
          got       3
                     ^^
          apart     0.032 of their size, where 1e-05 is allowed
        """)
    #expect(
      replay.words(for: finding, in: "sums.log", colors: true).split(separator: "\n")[2...4] == [
        "  expected  3\u{1B}[32m.1\u{1B}[m", "  got       3",
        "             \u{1B}[33m^^\u{1B}[m",
      ])
  }

  /// A reply that became an error is reported with the error, not only as a missing result.
  @Test func anErrorWhereAResultWas() throws {
    let parts = Self.log.components(around: "\"method\":\"sum\",\"params\":[1,2]")
    let replay = try replayed(parts.before + "\"method\":\"fail\"" + parts.after)
    let finding = try #require(replay.finding)
    #expect(
      finding.difference
        == Difference(
          path: "", expected: "result 3",
          got: "error 1101: encoder[2].units: expected 8, got 9"))
    let failed = "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1,\"message\":\"no\"}}"
    let back = Comparison(tolerance: 0).difference(
      try json(failed), ["jsonrpc": "2.0", "id": 1, "result": 3])
    #expect(back == Difference(path: "", expected: "error 1: no", got: "result 3"))
  }

  @Test func nothingIsNotTheSame() throws {
    #expect(try !Log("").hasMessages && !Log("# a remark\n{\"log\":{}}\n").hasMessages)
    #expect(try Log("{\"inText\":\"a\"}").hasMessages)
    let path = temporaryPath()
    defer { unlink(path) }
    #expect(writeAll([], to: open(path, O_WRONLY | O_CREAT, 0o600)))
    #expect(!Replay.run(path, Configuration(), tolerance: 0, isUpdating: false))
  }

  @Test func aFileOfRequestsIsNamed() {
    #expect { try Log(request("sum")) } throws: {
      ($0 as? Fault)?.hint?.contains("elbo run") == true
    }
  }

  @Test func longTextsAreCutAroundWhatDiffers() throws {
    let text = { (middle: String) in
      JSON.string(String(repeating: "a", count: 300) + middle + String(repeating: "b", count: 300))
    }
    let comparison = Comparison(tolerance: 0)
    let difference = try #require(comparison.difference(text("xyz"), text("xYz")))
    #expect(difference.expected.count <= 66 && difference.got.count <= 66)
    let parts = difference.parts
    #expect(parts.expected == "y" && parts.got == "Y")
    #expect(parts.before.hasPrefix("…") && parts.before.hasSuffix("aax"))
    #expect(parts.after.hasPrefix("zbb") && parts.after.hasSuffix("…"))
  }

  @Test func updatingPutsWhatCame() throws {
    let parts = Self.log.components(around: "\"result\":3")
    let wrong = parts.before + "\"result\":999" + parts.after
    let updated = try replayed(wrong, isUpdating: true).updated.joined(separator: "\n") + "\n"
    #expect(try replayed(updated, tolerance: 0).finding == nil)
    #expect(updated.hasPrefix(parts.before + "\"result\":3"))
  }

  @Test func requestsAloneBecomeADialogue() throws {
    let requests = Self.log.split(separator: "\n").filter { !$0.hasPrefix("{\"out\"") }
    let updated = try replayed(requests.joined(separator: "\n"), isUpdating: true).updated
    #expect(updated[2] == #"{"out":{"jsonrpc":"2.0","id":1,"result":3}}"#)
    #expect(try replayed(updated.joined(separator: "\n")).finding == nil)
  }

  @Test(arguments: ["{", "3", "{\"in\":1,\"out\":2}", "{\"other\":1}", "{\"inBytes\":[256]}"])
  func badLogs(line: String) {
    #expect { try Log("\n" + line) } throws: { ($0 as? Fault)?.path.hasPrefix("line 2") ?? false }
  }
}

extension String {
  fileprivate func components(around text: String) -> (before: String, after: String) {
    var start = startIndex
    while start < endIndex, !self[start...].hasPrefix(text) { start = index(after: start) }
    return (String(self[..<start]), String(self[start...].dropFirst(text.count)))
  }
}

@Suite struct Comparing {
  @Test(
    arguments: [
      ("1", "1.0", 0.0, nil), ("1", "1.000001", 1e-5, nil), ("1", "1.0001", 1e-5, ""),
      ("1", "1.0000000001", 0, ""), ("\"NaN\"", "\"NaN\"", 0, nil), ("\"NaN\"", "1", 1, ""),
      ("[100,1e-7]", "[100,2e-7]", 1e-5, nil), ("[100,1]", "[100,2]", 1e-5, "[1]"),
      ("[1]", "[1,2]", 1, ""), ("{\"a\":[{\"b\":1}]}", "{\"a\":[{\"b\":2}]}", 0.1, "a[0].b"),
      ("{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", 0, nil), ("{\"a\":null}", "{}", 0, "a"),
      ("{\"uptimeSeconds\":1}", "{\"uptimeSeconds\":2,\"residentBytes\":3}", 0, nil),
      ("{\"updatesPerSecond\":1}", "{}", 0, nil), ("true", "false", 1, ""), ("0", "false", 1, ""),
      (
        "{\"got\":1,\"tolerance\":1,\"passed\":true}",
        "{\"got\":2,\"tolerance\":3,\"passed\":true}",
        1e-5, nil
      ),
      (
        "{\"got\":1,\"tolerance\":1,\"passed\":true}",
        "{\"got\":1,\"tolerance\":1,\"passed\":false}",
        1e-5, "passed"
      ),
      (
        "{\"got\":1,\"tolerance\":1,\"passed\":true}",
        "{\"got\":2,\"tolerance\":1,\"passed\":true}",
        0, "got"
      ),
      // float32 1.0 and the next one above it
      (
        "{\"dtype\":\"float32\",\"base64\":\"AACAPw==\"}",
        "{\"dtype\":\"float32\",\"base64\":\"AQCAPw==\"}", 1e-6, nil
      ),
      (
        "{\"dtype\":\"float32\",\"base64\":\"AACAPw==\"}",
        "{\"dtype\":\"float32\",\"base64\":\"AQCAPw==\"}", 0, "base64[0]"
      ),
      ("{\"base64\":\"AACAPw==\"}", "{\"base64\":\"AQCAPw==\"}", 1, "base64"),
    ] as [(String, String, Double, String?)])
  func differs(expected: String, got: String, tolerance: Double, path: String?) throws {
    let comparison = Comparison(tolerance: tolerance)
    #expect(comparison.difference(try json(expected), try json(got))?.path == path)
  }
}
