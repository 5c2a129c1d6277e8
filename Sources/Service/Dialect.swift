import Engine
import JSON

/// What outcomes and progress look like to the client: the place where another protocol over JSON-RPC is spoken.
///
/// A request carries its dialect in its ticket, so that one stream may speak several.
protocol Dialect: Sendable {
  /// The `result` or the `error` of a reply.
  func outcome(_ outcome: Result<JSON, Fault>) -> Outcome
  /// The notification that tells of progress.
  func progress(_ progress: Progress, of id: JSON) -> JSON
}

/// One of the two members that a reply has beside its id.
enum Outcome {
  case result(JSON)
  case error(JSON)
}

/// The protocol of the engine itself.
struct PlainDialect: Dialect {
  func outcome(_ outcome: Result<JSON, Fault>) -> Outcome {
    switch outcome {
    case .success(let result): .result(result)
    case .failure(let fault): .error(fault.object)
    }
  }

  func progress(_ progress: Progress, of id: JSON) -> JSON {
    var members = [JSON.Member("id", id)]
    if case .object(let more) = progress.json { members += more }
    return ["jsonrpc": "2.0", "method": "$/progress", "params": .object(members)]
  }
}
