import Engine
import JSON
import Testing

@testable import Service

/// Messages as clients write them: with a byte order mark, over several lines, or with responses.
@Suite struct ClientHabitTests {
  private let ping = #"{"jsonrpc":"2.0","id":1,"method":"engine.ping"}"#

  @Test func aByteOrderMarkBeforeTheFirstMessageIsSkipped() throws {
    #expect(try replies(to: ["\u{FEFF}" + ping]).map { $0["result"] } == [[:]])
    // Its bytes may come one by one, or be others.
    for (bytes, texts) in [
      ([0xEF, 0xBB, 0xBF] + Array(ping.utf8), [ping]), ([0xEF, 0xBB, 0x31], ["\u{FFFD}1"]),
      ([0xEF], ["\u{FFFD}"]), ([0xEF, 0xBB, 0xBF, 0x63], []),
    ] as [([UInt8], [String])] {
      var framing = Framing(limit: 1000)
      var found: [String] = []
      func note(_ frame: Frame) {
        if case .message(let text) = frame { found.append(String(decoding: text, as: UTF8.self)) }
      }
      for byte in bytes { [byte].withUnsafeBytes { framing.take($0, note) } }
      framing.finish(note)
      #expect(found == texts)
    }
  }

  @Test func aMarkElsewhereIsVisibleInTheError() throws {
    let replies = try ServiceTests.replies(to: [ping, "\u{FEFF}" + ping])
    #expect(replies[1]["error"]?["message"]?.text?.contains("U+FEFF") == true)
  }

  /// A message over several lines is refused once, and the next one is answered.
  @Test(arguments: [
    ["{", #"  "jsonrpc": "2.0","#, #"  "id": 1,"#, #"  "params": {"a": [1, 2]}"#, "}"],
    ["{", #""jsonrpc": "2.0","#, #""method": "a}b","#, #""params": ["#, "  1,", "  2", "]", "}"],
  ]) func aMessageOverSeveralLinesIsRefusedOnce(_ lines: [String]) throws {
    let replies = try ServiceTests.replies(to: lines + [ping])
    #expect(replies.count == 2)
    #expect(replies[0]["error"]?["code"] == -32700)
    #expect(replies[0]["error"]?["data"]?["hint"]?.text?.contains("one line") == true)
    #expect(replies[1]["result"] == [:])
  }

  @Test func aTruncatedMessageDoesNotHideTheNext() throws {
    let replies = try ServiceTests.replies(to: [
      #"{"jsonrpc":"2.0","id":7,"method":"#, ping, "nonsense", ping,
    ])
    #expect(replies.map { $0["error"]?["code"] } == [-32700, nil, -32700, nil])
    let others = try ServiceTests.replies(to: [#"{"a": ["#, "nonsense", ping])
    #expect(others.map { $0["error"]?["code"] } == [-32700, -32700, nil])
  }

  @Test func responsesOfTheClientAreIgnored() throws {
    let replies = try ServiceTests.replies(to: [
      #"{"jsonrpc":"2.0","id":4,"result":{}}"#,
      #"{"jsonrpc":"2.0","id":5,"error":{"code":1,"message":"no"}}"#, ping,
    ])
    #expect(replies.count == 1 && replies[0]["id"] == 1)
  }

  @Test func aCancelMayHaveItsParameterByPosition() throws {
    let replies = try ServiceTests.replies(to: [
      #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":[7]}"#,
      #"{"jsonrpc":"2.0","id":2,"method":"$/cancelRequest","params":[7]}"#,
      #"{"jsonrpc":"2.0","id":3,"method":"$/cancelRequest","params":[]}"#,
    ])
    #expect(replies.map { $0["error"]?["code"] } == [nil, -32602])
  }
}
