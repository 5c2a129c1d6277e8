import Declarations
import JSON
import Tensors
import Variational

/// Latents, and the decoder's output for them.
struct WalkReply: Answer {
  let latent: TensorForm
  let output: TensorForm
  let notFinite: Int?
  static let members: [Member<WalkReply>] = [
    Member("latent", \.latent, "The latents, (…, latent)."),
    Member(
      "output", \.output,
      "Means of p(x|z): for Bernoulli, probabilities; (…, shape of an example)."),
    Member("notFinite", \.notFinite, Figures.each),
  ]

  init(_ walk: Walk, _ delivery: Delivery, _ call: Call) throws(Fault) {
    let forms = try delivery.forms([("latent", walk.latents), ("output", walk.output)], call)
    (latent, output) = (forms[0].value, forms[1].value)
    notFinite = walk.notFinite
  }
}
