import JSON
import Tensors
import Variational

/// Latents, and what the decoder makes of them.
struct WalkReply: Described {
  var latent: TensorForm?
  var output: TensorForm?
  var notFinite: Int?
  static let fields: [Field<WalkReply>] = [
    Field("latent", \.latent, "The latents, (…, latent).", required: true),
    Field(
      "output", \.output,
      "Means of p(x|z): for Bernoulli, probabilities; (…, shape of an example).",
      required: true),
    Field("notFinite", \.notFinite, Figures.each),
  ]

  init() {}

  init(_ walk: Walk, _ delivery: Delivery, _ call: Call) throws(Fault) {
    let forms = try delivery.forms([("latent", walk.latents), ("output", walk.output)], call)
    (latent, output) = (forms[0].value, forms[1].value)
    notFinite = walk.notFinite
  }
}

enum ModelInterpolate: Command {
  static let method = "model.interpolate"
  static let faults: [Fault.Kind] = [.shape, .support, .notFinite]
  static let summary =
    "Latents on the way between two latents, or between the posterior means of two rows, decoded: (steps, …)."

  struct Params: Described {
    var path = InterpolationParams()
    var delivery = Delivery()
    static let fields: [Field<Params>] = Field.all(of: \.path) + Field.all(of: \.delivery)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> WalkReply {
    try WalkReply(try params.path.walk(in: session, call).walk, params.delivery, call)
  }
}

enum ModelTraverse: Command {
  static let method = "model.traverse"
  static let faults: [Fault.Kind] = [.shape, .support, .notFinite]
  static let summary =
    "One latent at a time over a range, the others as in a latent, in a row's posterior mean or at 0, decoded: (latents, steps, …)."

  struct Params: Described {
    var path = TraversalParams()
    var delivery = Delivery()
    static let fields: [Field<Params>] = Field.all(of: \.path) + Field.all(of: \.delivery)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> WalkReply {
    try WalkReply(try params.path.walk(in: session, call).walk, params.delivery, call)
  }
}

enum ModelManifold: Command {
  static let method = "model.manifold"
  static let faults: [Fault.Kind] = [.shape, .support, .wrongState, .notFinite]
  static let summary =
    "Two latents over equally spaced quantiles of the prior, decoded: (steps, steps, …)."

  struct Params: Described {
    var grid = ManifoldParams()
    var delivery = Delivery()
    static let fields: [Field<Params>] = Field.all(of: \.grid) + Field.all(of: \.delivery)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> WalkReply {
    try WalkReply(try params.grid.walk(in: session, call).walk, params.delivery, call)
  }
}
