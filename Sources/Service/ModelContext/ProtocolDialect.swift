import Engine
import JSON

/// The replies of the protocol itself; `ToolCall` writes those of tools.
struct ProtocolDialect: Dialect {
  let revision: Revision
  /// The revision that the client requested, if it is not supported.
  var unknownRevision: String?

  func outcome(_ outcome: Result<JSON, Fault>) -> Outcome? {
    if let unknownRevision {
      return .error([
        "code": -32022,
        "message": .string(
          "unsupported protocol version \(unknownRevision): a request that names its version must use "
            + "\(Revision.july2026.rawValue), earlier versions begin with initialize"),
        "data": ["requested": .string(unknownRevision), "supported": Revision.names],
      ])
    }
    switch outcome {
    case .success(.object(let members)): return .result(revision.stamped(members))
    case .success(let result): return .result(result)
    case .failure(let fault): return .error(fault.object)
    }
  }

  func progress(_ progress: Progress, of id: JSON) -> JSON? { nil }

  var writesNullID: Bool { !revision.allowsErrorsWithoutID }
}
