import Declarations
import Engine
import JSON
import Synchronization

/// The Model Context Protocol on the same stream: recognises its messages and their meaning.
///
/// The protocol is spoken from the first `initialize` that names a `protocolVersion` (an editor's
/// does not), or from the first request in the stateless form of 2026-07-28, which names its
/// revision in `_meta`. Source: the schemas of each revision at modelcontextprotocol.io.
final class ModelContext: Sendable {
  /// The meaning of a message.
  enum Reading {
    /// The message does not belong to this protocol.
    case foreign
    case answer(Result<JSON, Fault>)
    case call(Method, JSON)
    /// Gets no reply; cancels the request with this id, if given.
    case notification(cancelled: JSON?)
  }

  private let tools: Tools
  private let spoken = Mutex<Revision?>(nil)

  init(_ methods: [Method]) { tools = Tools(methods) }

  /// The revision in use; nil until the client speaks this protocol.
  var revision: Revision? { spoken.withLock(\.self) }

  /// The dialect in which unreadable messages are refused.
  var dialect: any Dialect {
    if let revision { ProtocolDialect(revision: revision) } else { PlainDialect() }
  }

  func read(_ request: Request, _ ticket: inout Ticket) -> Reading {
    let spoken = revision
    let version = request.params["protocolVersion"]?.text
    if request.method == "initialize", let version, request.id != nil {
      return greet(version, request, &ticket)
    }
    let isStateless =
      request.params["_meta"]?[Self.versionKey] != nil || request.method == "server/discover"
    if isStateless, request.id != nil {
      // A client that has begun with `initialize` may still use this form.
      if spoken == nil { self.spoken.withLock { $0 = .july2026 } }
      return serve(request, .july2026, &ticket)
    }
    if let spoken { return serve(request, spoken, &ticket) }
    switch request.method {
    case "ping" where request.id != nil: return serve(request, .newestHandshake, &ticket)
    case "tools/list", "tools/call":
      return .answer(
        .failure(
          Fault(
            .request, "\(request.method) came before initialize",
            expected: "initialize, or server/discover", got: request.method)))
    default: return .foreign
    }
  }

  private static let versionKey = "io.modelcontextprotocol/protocolVersion"
  private static let capabilitiesKey = "io.modelcontextprotocol/clientCapabilities"

  private func greet(_ version: String, _ request: Request, _ ticket: inout Ticket) -> Reading {
    let asked = Revision(rawValue: version) ?? .newestHandshake
    let revision = asked.isStateless ? .newestHandshake : asked
    spoken.withLock { $0 = revision }
    ticket.dialect = ProtocolDialect(revision: revision)
    if let refusal = refusal(of: request, &ticket) { return refusal }
    return .answer(
      .success([
        "protocolVersion": .string(revision.rawValue), "capabilities": Self.capabilities,
        "serverInfo": Revision.server, "instructions": Self.instructions,
      ]))
  }

  private func serve(_ request: Request, _ revision: Revision, _ ticket: inout Ticket) -> Reading {
    guard request.id != nil else {
      let isCancel = request.method == "notifications/cancelled"
      return .notification(cancelled: isCancel ? request.params["requestId"] : nil)
    }
    ticket.dialect = ProtocolDialect(revision: revision)
    if let refusal = refusal(of: request, &ticket) { return refusal }
    if revision.isStateless, let refusal = refusal(ofEnvelope: request.params["_meta"], &ticket) {
      return refusal
    }
    switch request.method {
    case "initialize":
      return .answer(.failure(Self.misfit("protocolVersion", "a revision", got: nil)))
    case "ping" where !revision.isStateless: return .answer(.success([:]))
    case "server/discover" where revision.isStateless:
      return .answer(
        .success(
          .object(
            [
              JSON.Member("supportedVersions", Revision.names),
              JSON.Member("capabilities", Self.capabilities),
              JSON.Member("instructions", Self.instructions),
            ] + Self.caching)))
    case "tools/list":
      if let cursor = request.params["cursor"], cursor != .null {
        return .answer(
          .failure(Self.misfit("cursor", "none: all tools are on one page", got: cursor)))
      }
      let list = JSON.Member("tools", tools.list(for: revision))
      return .answer(.success(.object([list] + (revision.isStateless ? Self.caching : []))))
    case "tools/call": return call(request.params, revision, &ticket)
    case let name:
      return .answer(
        .failure(
          Fault(
            .method, "no such method: \(JSON.string(name).excerpt)", got: JSON.string(name).excerpt,
            hint: "the commands are tools: tools/list lists them, tools/call calls them")))
    }
  }

  private func call(_ params: JSON, _ revision: Revision, _ ticket: inout Ticket) -> Reading {
    guard let name = params["name"]?.text else {
      return .answer(.failure(Self.misfit("name", "the name of a tool", got: params["name"])))
    }
    guard let tool = tools.find(name) else {
      let excerpt = JSON.string(name).excerpt
      return .answer(
        .failure(
          Fault(
            .params, "no such tool: \(excerpt)", path: "name", expected: "one of tools/list",
            got: excerpt, hint: suggestion(for: name, among: tools.names))))
    }
    var arguments: [JSON.Member] = []
    switch params["arguments"] {
    case nil, .null: break
    case .object(let members): arguments = members
    // Many clients send the object as text.
    case .string(let text):
      guard case .object(let members) = try? JSON(parsing: text) else {
        return .answer(.failure(Self.misfit("arguments", "an object", got: .string(text))))
      }
      arguments = members
    case .some(let other):
      return .answer(.failure(Self.misfit("arguments", "an object", got: other)))
    }
    arguments = tool.unpacked(arguments)
    let token = params["_meta"]?["progressToken"].flatMap { $0.isRequestID ? $0 : nil }
    ticket.dialect = ToolCall(tool, revision, token: token)
    if tool.method.parameters.contains(Tool.progress) {
      if let given = arguments.first(where: { $0.name == Tool.progress }) {
        return .answer(.failure(Self.notAnArgument(given)))
      }
      if token != nil { arguments.append(JSON.Member(Tool.progress, true)) }
    }
    return .call(tool.method, .object(arguments))
  }

  /// Returns the refusal of a request because of its id, if its id is wrong.
  private func refusal(of request: Request, _ ticket: inout Ticket) -> Reading? {
    guard let id = request.id, !id.isRequestID else { return nil }
    ticket.id = .null
    return .answer(
      .failure(
        Fault.misfit(.request, expected: "a string or an integer", got: id.excerpt, at: "id")))
  }

  /// Returns the refusal of a request in the stateless form because of its `_meta`, if that is
  /// wrong.
  private func refusal(ofEnvelope meta: JSON?, _ ticket: inout Ticket) -> Reading? {
    guard let version = meta?[Self.versionKey]?.text else {
      let path = "_meta.\(Self.versionKey)"
      return .answer(.failure(Self.misfit(path, "a revision", got: meta?[Self.versionKey])))
    }
    guard version == Revision.july2026.rawValue else {
      ticket.dialect = ProtocolDialect(revision: .july2026, unknownRevision: version)
      return .answer(.success(.null))
    }
    guard case .object = meta?[Self.capabilitiesKey] else {
      let path = "_meta.\(Self.capabilitiesKey)"
      return .answer(.failure(Self.misfit(path, "an object", got: meta?[Self.capabilitiesKey])))
    }
    return nil
  }

  /// Progress is sent if and only if the request has a token, so this argument is refused.
  private static func notAnArgument(_ progress: JSON.Member) -> Fault {
    Fault(
      .params, "no such member", path: progress.name, expected: "the members of the inputSchema",
      got: progress.value.excerpt, hint: "request progress with _meta.progressToken")
  }

  private static func misfit(_ path: String, _ expected: String, got: JSON?) -> Fault {
    let came = got?.excerpt ?? "nothing"
    return Fault.misfit(expected: expected, got: came, at: path)
  }

  private static let capabilities: JSON = ["tools": [:]]

  /// An hour, for every client: the list is part of the program.
  private static let caching = [
    JSON.Member("ttlMs", 3_600_000), JSON.Member("cacheScope", "public"),
  ]

  private static let instructions: JSON = .string(
    """
    Trains and queries variational autoencoders. Objects are kept by name until they are dropped: data_load makes a data \
    set, model_build a model for it, trainer_create a trainer; trainer_step trains and waits, trainer_start trains in the background. \
    Then call evaluate_elbo, evaluate_likelihood, model_sample or the plots, which return a picture unless they are given a path. \
    engine_modules lists the layers, likelihoods, optimizers and sources with their options. Ask for large arrays with \"path\": they \
    are written to a .npy file instead of the reply.
    """)
}
