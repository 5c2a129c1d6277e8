import Declarations
import JSON

enum ModelTraverse: Command {
  static let method = "model.traverse"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.shape, .support, .notFinite]
  static let summary =
    "Decodes one latent at a time over a range, the others fixed at a given latent, a row's posterior mean or 0: (latents, steps, …)."

  struct Params: Described {
    var path = TraversalParams()
    var delivery = Delivery()
    static let fields: [Field<Params>] = Field.all(of: \.path) + Field.all(of: \.delivery)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> WalkReply {
    try WalkReply(try params.path.walk(in: session, call).walk, params.delivery, call)
  }
}
