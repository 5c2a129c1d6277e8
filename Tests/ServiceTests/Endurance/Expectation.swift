import Engine
import JSON

@testable import Service

/// The replies that a line must get by the specification alone: one for each request with an id,
/// and one for a line that is not a request.
struct Expectation {
  /// How often each id, written as JSON, must occur in a reply.
  private(set) var ids: [String: Int] = [:]
  /// The method that a request with this id called, if the id is unique.
  private(set) var methods: [String: String] = [:]
  /// The open brackets of a request over several lines, which gets one error.
  private var open = 0

  mutating func expect(_ line: [UInt8]) {
    guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return }
    let message = line.withUnsafeBytes { raw in
      Result { () throws(Fault) in try JSON(parsing: raw) }
    }
    switch message {
    case .failure(let fault):
      // The id is searched in JSON that is refused because something in it is too large.
      if isContinuation(line) { return }
      if fault.kind == .syntax {
        open = max(0, line.withUnsafeBytes { Brackets.balance(of: $0) })
      }
      let isRead = fault.kind == .number || fault.kind == .lineTooLarge
      let id = line.withUnsafeBytes { isRead ? LeadingID.find(in: $0) : nil }
      add(id ?? .null)
    case .success(let message) where isContinuation(line, message): return
    case .success(.array(let messages)):
      if messages.isEmpty || messages.count > 1000 { return add(.null) }
      for message in messages { expect(message) }
    case .success(let message): expect(message)
    }
  }

  /// Whether a line is a later one of a request over several lines.
  private mutating func isContinuation(_ line: [UInt8], _ message: JSON? = nil) -> Bool {
    guard open > 0 else { return false }
    let isRequest = (message?.elements?.first ?? message)?["jsonrpc"] != nil
    let continues = line.withUnsafeBytes { Brackets.continues($0) }
    open =
      isRequest || !continues
      ? 0 : max(0, open + line.withUnsafeBytes { Brackets.balance(of: $0) })
    return !isRequest && continues
  }

  private mutating func expect(_ message: JSON) {
    if message.isResponse { return }
    var id: JSON?
    let request = Result { () throws(Fault) in try Request(message, id: &id) }
    if let id { add(id, (try? request.get())?.method) }
  }

  mutating func add(_ id: JSON, _ method: String? = nil) {
    ids[id.line, default: 0] += 1
    methods[id.line] = ids[id.line] == 1 ? method : nil
  }

  /// Returns what is wrong with a reply, and counts it.
  mutating func misfit(of reply: JSON) -> String? {
    if let replies = reply.elements {
      for reply in replies { if let misfit = misfit(of: reply) { return misfit } }
      return nil
    }
    guard let id = reply["id"]?.line, reply["jsonrpc"] == "2.0",
      (reply["result"] == nil) != (reply["error"] == nil)
    else { return "no reply: \(reply.line.prefix(300))" }
    ids[id, default: 0] -= 1
    if ids[id] == 0 { ids[id] = nil }
    guard ids[id] ?? 0 >= 0 else { return "nobody asked: \(reply.line.prefix(300))" }
    return methods[id].flatMap { Declared.misfit(of: reply, to: $0) }
  }
}

/// Checks replies against the declarations of the methods.
enum Declared {
  /// Returns what a reply to this method violates: for a result its schema, for an error its kinds.
  static func misfit(of reply: JSON, to name: String) -> String? {
    guard let method = methods[name] else { return nil }
    if let result = reply["result"] {
      return method.schema.misfit(of: result).map { "\(name): \($0)" }
    }
    let kind = reply["error"]?["data"]?["kind"]?.text ?? ""
    if method.kinds.contains(kind) { return nil }
    return "\(name): not a declared kind of error: \(reply.line.prefix(300))"
  }

  private static let methods = Dictionary(
    uniqueKeysWithValues: served.map { method in
      (
        method.name,
        (schema: method.reply.json, kinds: Set(method.faults.map(\.name) + ["request"]))
      )
    })
}
