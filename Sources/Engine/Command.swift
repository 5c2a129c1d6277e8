import JSON

/// One method of the protocol: its parameters, its reply and what it does to the session.
public protocol Command: Sendable {
  associatedtype Params: Described
  associatedtype Reply: Described
  /// "trainer.step".
  static var method: String { get }
  /// One sentence, which becomes the documentation.
  static var summary: String { get }
  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply
}

/// A command without its types: what the router calls and what the documentation is made of.
public struct Method: Sendable {
  public let name: String
  public let summary: String
  /// Names of the parameters in the order of their declaration: an array of params is taken by position.
  public var parameters: [String] { names() }
  public var params: Schema { paramsSchema() }
  public var reply: Schema { replySchema() }
  // Made when they are asked for: those of all commands together would be half of the program's start.
  private let names: @Sendable () -> [String]
  private let paramsSchema: @Sendable () -> Schema
  private let replySchema: @Sendable () -> Schema
  private let body: @Sendable (JSON, Session, Call) throws(Fault) -> JSON

  public init<C: Command>(_ command: C.Type) {
    name = C.method
    summary = C.summary
    names = { C.Params.fields.map(\.name) }
    paramsSchema = { C.Params.schema }
    replySchema = { C.Reply.schema(isReply: true) }
    body = { (params, session, call) throws(Fault) in
      try C.run(try C.Params(json: params), in: session, call).json
    }
  }

  /// Decodes `params` (an object), runs the command and encodes its reply.
  public func run(_ params: JSON, in session: Session, _ call: Call) throws(Fault) -> JSON {
    try body(params, session, call)
  }
}
