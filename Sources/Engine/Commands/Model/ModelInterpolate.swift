import Declarations
import JSON

enum ModelInterpolate: Command {
  static let method = "model.interpolate"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.shape, .support, .notFinite]
  static let summary =
    "Decodes latents on the path between two latents, or between the posterior means of two rows: (steps, …)."

  struct Params: Described {
    var path = InterpolationParams()
    var delivery = Delivery()
    static let fields: [Field<Params>] = Field.all(of: \.path) + Field.all(of: \.delivery)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> WalkReply {
    try WalkReply(try params.path.walk(in: session, call).walk, params.delivery, call)
  }
}
