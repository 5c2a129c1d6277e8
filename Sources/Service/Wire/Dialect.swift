import Engine
import JSON

/// What outcomes and progress look like to the client: the place where another protocol over
/// JSON-RPC is spoken.
///
/// A request carries its dialect in its ticket, so that one stream may speak several.
protocol Dialect: Sendable {
  /// The `result` or the `error` of a reply; nil where there is to be none.
  func outcome(_ outcome: Result<JSON, Fault>) -> Outcome?
  /// The notification that tells of progress; nil where there is nothing to tell.
  func progress(_ progress: Progress, of id: JSON) -> JSON?
  /// The client no longer wants the request; called before it is stopped, on the thread that reads.
  func cancel()
  /// Whether an error for which no id is known has `"id": null`, as in JSON-RPC, or no id.
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
