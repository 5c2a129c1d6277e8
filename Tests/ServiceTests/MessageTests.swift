import Declarations
import Engine
import JSON
import SessionSupport
import Testing

@testable import Service

@Suite struct Errors {
  @Test(arguments: [
    (
      "{]",
      #"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"string or '}' expected near ']', at byte 2","data":{"kind":"syntax","hint":"a request is one line, as in {\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"engine.ping\"}"}}}"#
    ),
    (
      #"{"jsonrpc":"2.0","id":7,"method":"engine.pign"}"#,
      #"{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"no such method: \"engine.pign\"","data":{"kind":"method","got":"\"engine.pign\"","hint":"did you mean \"engine.ping\"?"}}}"#
    ),
    (
      #"{"jsonrpc":"2.0","id":7,"method":"engine.ping","params":{"x":[]}}"#,
      #"{"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"x: no such member","data":{"kind":"params","path":"x","expected":"no members","got":"[]","hint":"no members are allowed here"}}}"#
    ),
    (
      #"{"jsonrpc":"2.0","id":7,"method":"subtract","params":[1,2,3]}"#,
      #"{"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"[2]: expected at most 2 parameters, got 3","data":{"kind":"params","path":"[2]","expected":"minuend, subtrahend","got":"3 parameters"}}}"#
    ),
    (
      #"{"jsonrpc":"2.0","id":7,"method":"subtract","params":["a",2]}"#,
      #"{"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"minuend: expected an integer, got \"a\"","data":{"kind":"params","path":"minuend","expected":"an integer","got":"\"a\""}}}"#
    ),
    (
      #"{"jsonrpc":"2.0","id":7,"method":"fail"}"#,
      #"{"jsonrpc":"2.0","id":7,"error":{"code":1101,"message":"encoder[2].units: expected 8, got 9","data":{"kind":"shape","path":"encoder[2].units","expected":"8","got":"9","hint":"less"}}}"#
    ),
    (
      #"{"jsonrpc":"2.0","id":7,"method":"engine.ping","params":"x"}"#,
      #"{"jsonrpc":"2.0","id":7,"error":{"code":-32600,"message":"params: expected an object or an array, got \"x\"","data":{"kind":"request","path":"params","expected":"an object or an array","got":"\"x\""}}}"#
    ),
    (
      #"{"jsonrpc":"1.0","id":7,"method":"engine.ping"}"#,
      #"{"jsonrpc":"2.0","id":7,"error":{"code":-32600,"message":"jsonrpc: expected \"2.0\", got \"1.0\"","data":{"kind":"request","path":"jsonrpc","expected":"\"2.0\"","got":"\"1.0\""}}}"#
    ),
  ])
  func areExactly(sent: String, reply: String) throws {
    #expect(try Dialogue.replies(to: sent).map(\.line) == [reply])
  }

  @Test(arguments: [
    ("[1\0]", -32700, "syntax"), ("\"\\ud800\"", -32700, "syntax"), ("{} x", -32700, "syntax"),
    ("1", -32600, "request"), ("null", -32600, "request"), ("\"x\"", -32600, "request"),
    ("{\"a\":1,\"a\":2}", -32600, "request"), ("{\"a\\u0000\":1}", -32600, "request"),
    ("{\"id\":1e400}", -32600, "number"), ("{\"id\":9223372036854775808}", -32600, "number"),
    ("{\"jsonrpc\":\"1.0\",\"id\":1,\"result\":3}", -32600, "request"),
    ("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":null}", -32600, "request"),
  ])
  func haveCodesAndKinds(sent: String, code: Int, kind: String) throws {
    let replies = try Dialogue.replies(to: sent)
    #expect(replies.map(\.code) == [code])
    #expect(replies.first?["error"]?["data"]?["kind"]?.text == kind)
  }

  @Test func invalidUTF8() throws {
    let dialogue = try Dialogue()
    dialogue.hear([0x22, 0xFF, 0x22, 0x0A])
    #expect(dialogue.take().map(\.code) == [-32700])
  }

  /// The protocol's limits: 2^20 values in a line, 128 nested containers, 1,000 requests in a
  /// batch.
  @Test(arguments: [
    ("[", 1_000_000, "", -32700, "syntax"), ("[{}", 1, "", -32700, "syntax"),
    ("[", 1, "]", -32600, "request"), ("{},", 1 << 20, "", -32600, "tooLarge"),
    ("x", (16 << 20) + 1, "", -32600, "tooLarge"),
  ])
  func tooMuch(of text: String, times: Int, end: String, code: Int, kind: String) throws {
    let dialogue = try Dialogue()
    dialogue.hear(
      Array((String(repeating: text, count: times) + end + "\n" + request("engine.ping")).utf8))
    let replies = dialogue.take()
    #expect(replies.map(\.code) == [code, nil])
    #expect(replies.first?["error"]?["data"]?["kind"]?.text == kind)
  }

  /// An error for an unread message has its id, if that came before the limit: otherwise its sender
  /// would wait for ever.
  @Test(arguments: [
    (#"{"jsonrpc":"2.0","id":7,"method":"sum","params":{"a":"#, "7"),
    (#" { "id" : "a \"b\"" , "params" : {"a":"#, #""a \"b\"""#),
    (#"{"params":{"id":3,"a":["}",{"b":[1.5e3,null]}]},"method":"x","id":-1,"more":"#, "-1"),
    (#"{"params":{"a":"#, "null"), (#"{"id":null,"a":"#, "null"), (#"{"id":[1],"a":"#, "null"),
    (#"{"id":12"#, "null"), (#"[{"id":1,"a":"#, "null"), (#"{"id" 7,"a":"#, "null"),
    (#"{"a":1]"id":7,"b":"#, "null"), (#"{"x":,"id":7,"b":"#, "null"), ("{\"id\":7,}\"", "7"),
  ])
  func thatAreTooLargeHaveTheirID(beginning: String, id: String) throws {
    var configuration = Configuration()
    configuration.limits.line = 1 << 16
    let line = beginning + String(repeating: "1", count: 1 << 17)
    for step in [4096, 1 << 20] {
      let dialogue = try Dialogue(configuration)
      dialogue.hear(Array((line + "\n" + request("engine.ping", id: "p") + "\n").utf8), by: step)
      let replies = dialogue.take()
      #expect(replies.map { $0["id"]?.line } == [id, "\"p\""], "\(step) bytes at a time")
      #expect(replies.first?["error"]?["data"]?["kind"] == "tooLarge")
    }
  }

  /// An id comes back in the reply: one that is longer than 1024 bytes with its quotes does not.
  @Test(arguments: [(1022, true), (1023, false)]) func thatHaveALongID(count: Int, comesBack: Bool)
    throws
  {
    var configuration = Configuration()
    configuration.limits.line = 1 << 16
    let id = "\"\(String(repeating: "i", count: count))\""
    let dialogue = try Dialogue(configuration)
    let line = "{\"id\":\(id),\"a\":\"\(String(repeating: "1", count: 1 << 17))\"}\n"
    dialogue.hear(Array(line.utf8), by: 4096)
    #expect(dialogue.take().map { $0["id"]?.line } == [comesBack ? id : "null"])
  }

  /// Too many values, or digits, in a line that is not too long.
  @Test func thatHaveTooManyValuesHaveTheirID() throws {
    let many = String(repeating: "0,", count: 1 << 20) + "0"
    let digits = String(repeating: "1", count: (1 << 16) + 1)
    for (list, kind) in [(many, "tooLarge"), (digits, "number")] {
      let replies = try Dialogue.replies(
        to: "{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"sum\",\"params\":[\(list)]}")
      #expect(replies.map { $0["id"] } == ["x"])
      #expect(replies.first?["error"]?["data"]?["kind"]?.text == kind)
    }
  }

  @Test func everyKindHasItsCode() {
    let codes = Fault.Kind.allCases.map(\.code)
    #expect(
      codes == [
        -32700, -32600, -32600, -32600, -32601, -32602, -32603, -32800, 1001, 1002, 1003, 1101,
        1102, 1103, 1201, 1301, 1302, 1303, 1304, 1401, 1402, 1403, 1501, 1601, 1701,
      ])
  }
}

@Suite struct Identifiers {
  @Test(arguments: [
    "1", "0", "-7", "9223372036854775807", "1.5", "\"\"", "\"a b\"", "\"\\u0000\"", "null",
  ])
  func areEchoed(id: String) throws {
    let line = "{\"jsonrpc\":\"2.0\",\"id\":\(id),\"method\":\"engine.ping\"}"
    #expect(
      try Dialogue.replies(to: line).map(\.line)
        == ["{\"jsonrpc\":\"2.0\",\"id\":\(id),\"result\":{}}"])
  }

  @Test(arguments: ["{}", "[]", "[1]", "true", "false"])
  func ofOtherTypesAreRefused(id: String) throws {
    let line = "{\"jsonrpc\":\"2.0\",\"id\":\(id),\"method\":\"engine.ping\"}"
    let replies = try Dialogue.replies(to: line)
    #expect(replies.map(\.code) == [-32600])
    #expect(replies.first?["id"] == .null)
    #expect(replies.first?["error"]?["data"]?["path"] == "id")
  }

  @Test func notificationsAreNeverAnswered() throws {
    let lines = ["engine.ping", "engine.stats", "nothing.there", "fail", "subtract", "initialized"]
      .map { request($0, id: nil) }
    #expect(try Dialogue.replies(to: lines.joined(separator: "\n")) == [])
  }
}

@Suite struct Parameters {
  @Test(arguments: [
    ("[42,23]", JSON.int(19)), ("{\"subtrahend\":23,\"minuend\":42.0}", .int(19)),
  ])
  func byPositionAndName(params: String, result: JSON) throws {
    let replies = try Dialogue.replies(to: request("subtract", try json(params)))
    #expect(replies.first?["result"] == result)
  }

  @Test(arguments: [nil, JSON.null, [:], []]) func none(params: JSON?) throws {
    #expect(try Dialogue.replies(to: request("get_data", params)).map(\.code) == [nil])
  }
}

@Suite struct Batches {
  @Test func keepTheOrderOfRequestsWhateverOvertakes() throws {
    let batch = [
      request("sum", id: 1, [1]), request("engine.ping", id: 2), request("nothing", id: 3), "4",
      request("get_data", id: 5), request("update", id: nil),
    ]
    let replies = try Dialogue.replies(to: "[" + batch.joined(separator: ",") + "]\n")
    #expect(replies.count == 1)
    #expect(replies.first?.elements?.map { $0["id"] } == [1, 2, 3, .null, 5])
    #expect(replies.first?.elements?.map(\.code) == [nil, nil, -32601, -32600, nil])
  }

  @Test func aThousandPassAndOneMoreDoesNot() throws {
    let thousand = Array(repeating: request("engine.ping"), count: 1000)
    let whole = try Dialogue.replies(to: "[" + thousand.joined(separator: ",") + "]")
    #expect(whole.first?.elements?.count == 1000)
    let refused = try Dialogue.replies(to: "[" + (thousand + ["1"]).joined(separator: ",") + "]")
    #expect(refused.map(\.code) == [-32600])
  }
}

@Suite struct Ordering {
  @Test func repliesComeInOrder() throws {
    let lines = (0..<200).map { request($0 % 3 == 0 ? "nothing" : "sum", id: .int($0), [.int($0)]) }
    let replies = try Dialogue.replies(to: lines.joined(separator: "\n"))
    #expect(replies.map { $0["id"] } == (0..<200).map { .int($0) })
  }

  @Test func pingAndErrorsOfReadingOvertakeLongWork() throws {
    let dialogue = try Dialogue()
    dialogue.send(request("work", id: 1))
    dialogue.waitUntilRunning()
    for line in [request("sum", id: 2), request("engine.ping", id: 3), "x", "[]"] {
      dialogue.send(line)
    }
    dialogue.send(request("engine.stats", id: 4))
    let early = dialogue.take { $0["id"] == 4 }
    #expect(early.map { $0["id"] } == [3, .null, .null, 4])
    #expect(early.last?["result"]?["queued"] == 1)
    dialogue.send(request("$/cancelRequest", id: nil, ["id": 1]))
    #expect(dialogue.take().map { $0["id"] } == [1, 2])
  }

  @Test func nothingOvertakesInADeterministicRun() throws {
    var configuration = Configuration()
    configuration.isDeterministic = true
    let lines = [
      request("work", id: 1, ["updates": 1000]), request("engine.ping", id: 2), "x",
      request("engine.stats", id: 3),
    ]
    let replies = try Dialogue.replies(to: lines.joined(separator: "\n"), configuration)
    #expect(replies.map { $0["id"] } == [1, 2, .null, 3])
    #expect(replies.last?.line == #"{"jsonrpc":"2.0","id":3,"result":{"requests":4}}"#)
  }
}
