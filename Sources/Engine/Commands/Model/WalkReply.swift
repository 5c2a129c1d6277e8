import Declarations
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
