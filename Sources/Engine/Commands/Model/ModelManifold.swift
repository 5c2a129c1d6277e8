import Declarations
import JSON

enum ModelManifold: Command {
  static let method = "model.manifold"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.shape, .support, .wrongState, .notFinite]
  static let summary =
    "Decodes a grid of two latents over equally spaced quantiles of the prior: (steps, steps, …)."

  struct Params: Described {
    var grid = ManifoldParams()
    var delivery = Delivery()
    static let fields: [Field<Params>] = Field.all(of: \.grid) + Field.all(of: \.delivery)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> WalkReply {
    try WalkReply(try params.grid.walk(in: session, call).walk, params.delivery, call)
  }
}
