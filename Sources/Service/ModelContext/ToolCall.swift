import Engine
import JSON
import Synchronization

/// One `tools/call`: writes its outcome and its progress.
final class ToolCall: Dialect {
  private let tool: Tool
  private let revision: Revision
  /// The token under which progress is sent; nil if the client sent none.
  private let token: JSON?
  private let isCancelled = Atomic(false)
  private let isOver = Atomic(false)
  /// The last reported progress, which may only grow.
  private let last = Atomic(0)

  init(_ tool: Tool, _ revision: Revision, token: JSON?) {
    self.tool = tool
    self.revision = revision
    self.token = token
  }

  var writesNullID: Bool { !revision.allowsErrorsWithoutID }

  /// Marks the request as cancelled; it then gets no reply.
  func cancel() { isCancelled.store(true, ordering: .releasing) }

  func outcome(_ outcome: Result<JSON, Fault>) -> Outcome? {
    isOver.store(true, ordering: .releasing)
    if isCancelled.load(ordering: .acquiring) { return nil }
    switch outcome {
    case .success(let reply): return .result(revision.stamped(members(of: reply)))
    case .failure(let fault):
      let content = JSON.array([Self.text(fault.words)])
      return .result(
        revision.stamped([JSON.Member("content", content), JSON.Member("isError", true)]))
    }
  }

  /// Returns nil after the reply: a background run continues, but its token is no longer valid.
  func progress(_ progress: Progress, of id: JSON) -> JSON? {
    guard let token, !isOver.load(ordering: .acquiring),
      progress.update > last.exchange(progress.update, ordering: .relaxed)
    else { return nil }
    var params = [
      JSON.Member("progressToken", token), JSON.Member("progress", .int(progress.update)),
    ]
    if let total = progress.updates { params.append(JSON.Member("total", .int(total))) }
    if revision.hasProgressMessages {
      params.append(JSON.Member("message", .string(progress.words)))
    }
    return ["jsonrpc": "2.0", "method": "notifications/progress", "params": .object(params)]
  }

  /// Returns the reply as text, and as a value if the revision has that; a picture is a separate
  /// item.
  private func members(of reply: JSON) -> [JSON.Member] {
    var value = tool.resolved(reply)
    var picture: JSON?
    if tool.method.answersPicture, case .object(let members) = reply, let data = reply["base64"],
      let type = reply["mediaType"]
    {
      value = .object(members.filter { $0.name != "base64" })
      picture = ["type": "image", "data": data, "mimeType": type]
    }
    // If there is only the text, it has to be complete.
    let text = Self.text((revision.hasStructuredContent ? value.abbreviated : value).line)
    var members = [JSON.Member("content", .array([text] + (picture.map { [$0] } ?? [])))]
    if revision.hasStructuredContent, case .object = value {
      members.append(JSON.Member("structuredContent", value))
    }
    return members
  }

  private static func text(_ text: String) -> JSON { ["type": "text", "text": .string(text)] }
}

extension JSON {
  /// The same value with long lists of numbers and long texts shortened: for reading, not for
  /// computing.
  var abbreviated: JSON {
    let (most, shown) = (24, 8)
    switch self {
    case .floats(let values) where values.count > most:
      return .array(values.prefix(shown).map { .float($0) } + [Self.rest(values.count - shown)])
    case .array(let elements):
      if elements.count > most, elements.allSatisfy(\.isNumber) {
        return .array(elements.prefix(shown) + [Self.rest(elements.count - shown)])
      }
      return .array(elements.map(\.abbreviated))
    case .string(let text) where text.utf8.count > 1000:
      return .string("\(text.prefix(60))… (\(text.utf8.count) bytes)")
    case .object(let members):
      return .object(members.map { Member($0.name, $0.value.abbreviated) })
    default: return self
    }
  }

  private static func rest(_ count: Int) -> JSON { .string("… \(count) more") }

  private var isNumber: Bool {
    switch self {
    case .int, .real, .float: true
    default: false
    }
  }
}

extension Fault {
  /// The whole fault for a reader: the sentence, then what was expected, what came, and the hint,
  /// one line each.
  var words: String {
    var lines = ["\(sentence) (\(kind.name))"]
    for (name, text) in [("expected", expected), ("got", got), ("hint", hint)] {
      if let text { lines.append("\(name): \(text)") }
    }
    return lines.joined(separator: "\n")
  }
}

extension Progress {
  /// Such as "run: update 400 of 2000, ELBO -61.32 nats, 1835 updates/s".
  fileprivate var words: String {
    var words = "\(trainer): update \(update)"
    if let updates { words += " of \(updates)" }
    if let elbo { words += ", ELBO \((elbo * 100).rounded() / 100) nats" }
    if let updatesPerSecond, updatesPerSecond < 1e9 {
      words += ", \(Int(updatesPerSecond.rounded())) updates/s"
    }
    return words
  }
}
