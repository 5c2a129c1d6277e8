import Engine
import JSON

/// The form of outcomes and progress for the client, which differs between protocols over JSON-RPC.
///
/// A request carries its dialect in its ticket, so that one stream may speak several.
protocol Dialect: Sendable {
  /// Returns the `result` or the `error` of a reply; nil for no reply.
  func outcome(_ outcome: Result<JSON, Fault>) -> Outcome?
  /// Returns the notification of progress; nil for none.
  func progress(_ progress: Progress, of id: JSON) -> JSON?
  /// Records that the client cancelled the request; called on the reading thread before the request
  /// is stopped.
  func cancel()
  /// Whether an error without a known id has `"id": null`, as in JSON-RPC, or no id.
  var writesNullID: Bool { get }
}

extension Dialect {
  func cancel() {}
  var writesNullID: Bool { true }
}

/// The protocol of the engine itself.
struct PlainDialect: Dialect {
  func outcome(_ outcome: Result<JSON, Fault>) -> Outcome? {
    switch outcome {
    case .success(let result): .result(result)
    case .failure(let fault): .error(fault.object)
    }
  }

  func progress(_ progress: Progress, of id: JSON) -> JSON? {
    var members = [JSON.Member("id", id)]
    if case .object(let more) = progress.json { members += more }
    return ["jsonrpc": "2.0", "method": "$/progress", "params": .object(members)]
  }
}
