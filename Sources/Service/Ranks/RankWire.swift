import Engine
import JSON

/// How calls and what they give are written between the process of the client and the ranks.
extension JSON {
  /// Values between our own processes, which were admitted once.
  static func ofRank(_ bytes: [UInt8]) throws(Fault) -> JSON {
    var limits = Limits()
    (limits.line, limits.values, limits.depth) = (.max, .max, 256)
    let result = bytes.withUnsafeBytes { raw in
      Result { () throws(Fault) in try JSON(parsing: raw, limits: limits) }
    }
    return try result.get()
  }
}

extension Fault {
  /// The fault with all its parts.
  var record: JSON {
    let parts = [
      ("kind", kind.rawValue), ("message", message), ("path", path), ("expected", expected),
      ("got", got), ("hint", hint),
    ]
    return .object(parts.compactMap { name, text in text.map { JSON.Member(name, .string($0)) } })
  }

  init(record: JSON) {
    self.init(
      record["kind"]?.text.flatMap(Kind.init) ?? .internal,
      record["message"]?.text ?? "a process sent no message", path: record["path"]?.text ?? "",
      expected: record["expected"]?.text, got: record["got"]?.text, hint: record["hint"]?.text)
  }
}

/// What the first rank replies to a call or an update.
struct RankReply {
  /// What the call has given; nil after an update of the background run.
  var outcome: Result<JSON, Fault>?
  var isBusy: Bool
  var hasCheckpoints: Bool

  var json: JSON {
    var members = [
      JSON.Member("busy", .bool(isBusy)), JSON.Member("checkpoints", .bool(hasCheckpoints)),
    ]
    switch outcome {
    case .success(let value): members.append(JSON.Member("result", value))
    case .failure(let fault): members.append(JSON.Member("fault", fault.record))
    case nil: break
    }
    return .object(members)
  }

  init(_ session: Session, _ outcome: Result<JSON, Fault>? = nil) {
    (isBusy, hasCheckpoints) = (session.isBusy, session.hasCheckpoints)
    self.outcome = outcome
  }

  init(_ json: JSON) {
    isBusy = json["busy"] == .bool(true)
    hasCheckpoints = json["checkpoints"] == .bool(true)
    outcome =
      json["fault"].map { .failure(Fault(record: $0)) } ?? json["result"].map { .success($0) }
  }
}
