import JSON
import SessionSupport
import Testing

@testable import Service

/// Section 7 of the JSON-RPC 2.0 specification: what is sent (-->) and what comes back (<--).
///
/// Messages of errors are up to the server, and ours have more members. Everything else is
/// compared, regardless of the order of members.
@Suite struct Specification {
  @Test(arguments: [
    // rpc call with positional parameters
    (
      #"{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}"#,
      #"{"jsonrpc": "2.0", "result": 19, "id": 1}"#
    ),
    (
      #"{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}"#,
      #"{"jsonrpc": "2.0", "result": -19, "id": 2}"#
    ),
    // rpc call with named parameters
    (
      #"{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}"#,
      #"{"jsonrpc": "2.0", "result": 19, "id": 3}"#
    ),
    (
      #"{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}"#,
      #"{"jsonrpc": "2.0", "result": 19, "id": 4}"#
    ),
    // a notification
    (#"{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}"#, nil),
    (#"{"jsonrpc": "2.0", "method": "foobar"}"#, nil),
    // rpc call of non-existent method
    (
      #"{"jsonrpc": "2.0", "method": "foobar", "id": "1"}"#,
      #"{"jsonrpc": "2.0", "error": {"code": -32601}, "id": "1"}"#
    ),
    // rpc call with invalid JSON
    (
      #"{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]"#,
      #"{"jsonrpc": "2.0", "error": {"code": -32700}, "id": null}"#
    ),
    // rpc call with invalid Request object
    (
      #"{"jsonrpc": "2.0", "method": 1, "params": "bar"}"#,
      #"{"jsonrpc": "2.0", "error": {"code": -32600}, "id": null}"#
    ),
    // rpc call Batch, invalid JSON
    (
      #"[ {"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"}, {"jsonrpc": "2.0", "method" ]"#,
      #"{"jsonrpc": "2.0", "error": {"code": -32700}, "id": null}"#
    ),
    // rpc call with an empty Array
    (#"[]"#, #"{"jsonrpc": "2.0", "error": {"code": -32600}, "id": null}"#),
    // rpc call with an invalid Batch (but not empty)
    (#"[1]"#, #"[{"jsonrpc": "2.0", "error": {"code": -32600}, "id": null}]"#),
    // rpc call with invalid Batch
    (
      #"[1,2,3]"#,
      #"""
      [{"jsonrpc": "2.0", "error": {"code": -32600}, "id": null},
       {"jsonrpc": "2.0", "error": {"code": -32600}, "id": null},
       {"jsonrpc": "2.0", "error": {"code": -32600}, "id": null}]
      """#
    ),
    // rpc call Batch
    (
      #"""
      [{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
       {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
       {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
       {"foo": "boo"},
       {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
       {"jsonrpc": "2.0", "method": "get_data", "id": "9"}]
      """#,
      #"""
      [{"jsonrpc": "2.0", "result": 7, "id": "1"},
       {"jsonrpc": "2.0", "result": 19, "id": "2"},
       {"jsonrpc": "2.0", "error": {"code": -32600}, "id": null},
       {"jsonrpc": "2.0", "error": {"code": -32601}, "id": "5"},
       {"jsonrpc": "2.0", "result": ["hello", 5], "id": "9"}]
      """#
    ),
    // rpc call Batch (all notifications)
    (
      #"""
      [{"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},
       {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}]
      """#, nil
    ),
  ])
  func section7(sent: String, expected: String?) throws {
    let line = sent.split(separator: "\n").joined() + "\n"
    let replies = try Dialogue.replies(to: line).map { withoutWords($0).sorted }
    let text = expected.map { $0.split(separator: "\n").joined() }
    #expect(replies == (try text.map { [try json($0).sorted] } ?? []))
  }

  private func withoutWords(_ reply: JSON) -> JSON {
    if let replies = reply.elements { return .array(replies.map(withoutWords)) }
    guard case .object(let members) = reply else { return reply }
    return .object(
      members.map { member in
        guard member.name == "error", let code = member.value["code"] else { return member }
        return JSON.Member("error", ["code": code])
      })
  }
}
