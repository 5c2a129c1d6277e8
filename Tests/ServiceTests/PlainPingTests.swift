import JSON
import Testing

@testable import Service

/// Pings that are recognised by their bytes get the same replies as others.
@Suite struct Pulses {
  private func id(_ text: String) -> String? {
    Array(text.utf8).withUnsafeBytes {
      PlainPing.id(in: $0).map { String(decoding: $0, as: UTF8.self) }
    }
  }

  @Test(arguments: [
    (#"{"jsonrpc":"2.0","id":1,"method":"engine.ping"}"#, "1"),
    (#"{"jsonrpc": "2.0", "id": 0, "method": "engine.ping"}"#, "0"),
    (#"{ "jsonrpc" : "2.0" , "id" : "a b" , "method" : "engine.ping" } "#, "\"a b\""),
    (#"{"jsonrpc":"2.0","id":"","method":"engine.ping"}"#, "\"\""),
    (#"{"jsonrpc":"2.0","id":123456789012345678,"method":"engine.ping"}"#, "123456789012345678"),
  ])
  func areKnown(text: String, id expected: String) throws {
    #expect(id(text) == expected)
    let reply = "{\"jsonrpc\":\"2.0\",\"id\":\(expected),\"result\":{}}"
    #expect(try Dialogue.replies(to: text).map(\.line) == [reply])
    // The usual way, which a line with another member takes.
    let longer = text.replacing("\"engine.ping\"", with: "\"engine.ping\",\"params\":{}")
    #expect(id(longer) == nil)
    #expect(try Dialogue.replies(to: longer).map(\.line) == [reply])
  }

  /// Everything else goes to the parser: other requests, other spellings, and text that is not
  /// JSON.
  @Test(arguments: [
    "", "{", "{}", #"{"jsonrpc":"2.0","id":1,"method":"engine.pin"}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"engine.ping"}}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"engine.ping","#,
    #"{"jsonrpc":"2.0","id":01,"method":"engine.ping"}"#,
    #"{"jsonrpc":"2.0","id":-1,"method":"engine.ping"}"#,
    #"{"jsonrpc":"2.0","id":1.5,"method":"engine.ping"}"#,
    #"{"jsonrpc":"2.0","id":1e5,"method":"engine.ping"}"#,
    #"{"jsonrpc":"2.0","id":9223372036854775808,"method":"engine.ping"}"#,
    #"{"jsonrpc":"2.0","id":"a\n","method":"engine.ping"}"#,
    #"{"jsonrpc":"2.0","id":"é","method":"engine.ping"}"#,
    #"{"jsonrpc":"2.0","id":"a,"method":"engine.ping"}"#,
    #"{"jsonrpc":"2.0","id":"a"#, #"{"jsonrpc":"2.0","id":"#,
    #"{"jsonrpc":"2.0","id":null,"method":"engine.ping"}"#,
    #"{"jsonrpc":"2.0","id":,"method":"engine.ping"}"#,
    #"{"jsonrpc":"2.0","method":"engine.ping"}"#,
    #"{"id":1,"jsonrpc":"2.0","method":"engine.ping"}"#,
    #"{"jsonrpc":"1.0","id":1,"method":"engine.ping"}"#,
    "{\"jsonrpc\":\"2.0\",\"id\":\"\u{1}\",\"method\":\"engine.ping\"}",
    "{\"jsonrpc\":\"2.0\",\"id\":1\0,\"method\":\"engine.ping\"}",
  ])
  func areNothingElse(text: String) { #expect(id(text) == nil) }
}
