import Declarations
import JSON

/// A command without its types, for the router and the documentation.
package struct Method: Sendable {
  package let name: String
  package let summary: String
  package let effect: Effect
  package let preemptsRuns: Bool
  /// Whether the reply may be a picture, as `base64` of a `mediaType`.
  package let answersPicture: Bool
  /// Whether the reply lists modules, whose options are schemas that refer to others.
  package let answersModules: Bool
  /// Names of the parameters in the order of their declaration, in which an array of params is
  /// read.
  package var parameters: [String] { parameterFaults().map(\.name) }
  package var params: Schema { paramsSchema() }
  package var reply: Schema { replySchema() }
  /// The faults that it may throw, as declared by the command and by the fields of its parameters.
  package var faults: [Fault.Kind] {
    let declared = Set(
      ownFaults + parameterFaults().flatMap(\.faults) + [
        .params, .cancelled, .memory, .queueFull, .rank, .timeUp,
      ])
    return Fault.Kind.allCases.filter(declared.contains)
  }
  // Computed on demand: computing them for all commands would take half of the program's start.
  private let parameterFaults: @Sendable () -> [(name: String, faults: [Fault.Kind])]
  private let paramsSchema: @Sendable () -> Schema
  private let replySchema: @Sendable () -> Schema
  private let ownFaults: [Fault.Kind]
  /// What a call that was stopped has left, as `Command` declares it.
  package let whatStays: @Sendable (JSON) -> String?
  var body: @Sendable (JSON, Session, Call) throws(Fault) -> JSON

  package init<C: Command>(_ command: C.Type) {
    name = C.method
    summary = C.summary
    effect = C.effect
    preemptsRuns = C.preemptsRuns
    answersPicture = C.Reply.self == PictureReply.self
    answersModules = C.Reply.self == EngineModules.Reply.self
    parameterFaults = { C.Params.fields.map { ($0.name, $0.faults) } }
    paramsSchema = { C.Params.schema }
    replySchema = { C.Reply.replySchema }
    ownFaults = C.faults
    whatStays = C.whatStays
    body = { (params, session, call) throws(Fault) in
      try C.run(try C.Params(json: params), in: session, call).json
    }
  }

  /// Decodes `params` (an object), runs the command and encodes its reply.
  package func run(_ params: JSON, in session: Session, _ call: Call) throws(Fault) -> JSON {
    session.requests += 1
    let outcome = Result { () throws(Fault) in try body(params, session, call) }
    // If rows could not be read, this is the cause of every other failure.
    try session.checkReads()
    let reply = try outcome.get()
    session.note(self, params, reply)
    return reply
  }
}
