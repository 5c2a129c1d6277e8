import Declarations
import Engine
import JSON

/// The methods that a client can call on the session, by name.
let served: [Method] = (methods + [Method(Discover.self)]).sorted { $0.name < $1.name }

/// `rpc.discover`: returns the description of the protocol.
enum Discover: Command {
  static let method = "rpc.discover"
  static let summary =
    "Returns this protocol as an OpenRPC document: methods, modules, errors and recorded examples."
  static let effect = Effect.describes

  struct Params: Described {
    var method: String?
    static let fields: [Field<Params>] = [
      Field(
        "method", \.method, "Only this method and what it refers to; everything if left out.",
        faults: [.unknownName])
    ]
  }

  /// The members of the document.
  struct Reply: Answer {
    let openrpc: String
    let info: JSON
    let methods: [JSON]
    let components: JSON
    let notifications: [JSON]

    static let members: [Member<Reply>] = [
      Member("openrpc", \.openrpc, "Version of the OpenRPC specification."),
      Member("info", \.info, "Title, version, description and licence."),
      Member("methods", \.methods, "The methods."),
      Member("components", \.components, "Schemas and errors that the methods refer to."),
      Member("x-notifications", \.notifications, "Notifications that the engine sends."),
    ]
  }

  static func run(_ params: Params, in: Session, _: Call) throws(Fault) -> Reply {
    let document = Document(served)
    guard let name = params.method else { return document.whole }
    guard let part = document.part(name) else {
      throw Fault(
        .unknownName, "no such method: \(JSON.string(name).excerpt)", path: "method",
        got: JSON.string(name).excerpt, hint: suggestion(for: name, among: document.names))
    }
    return part
  }
}
