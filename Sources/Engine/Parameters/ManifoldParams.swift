import Declarations
import Files
import JSON
import Tensors
import Variational

/// The parameters of a grid over quantiles of the prior of two latents.
struct ManifoldParams: Described {
  var model = ""
  var base = LatentBase()
  var latents: [Int]?
  var steps = 20

  static let fields: [Field<ManifoldParams>] =
    [Field("model", \.model, "The model.", required: true, faults: .lookup)] + Field.all(of: \.base)
    + [
      Field(
        "latents", \.latents,
        "The latent that changes along a row, and the one that changes from row to row; [0, 1] if left out."
      ),
      Field("steps", \.steps, "Rows and columns of the grid.", .from(1, to: 1000)),
    ]

  func walk(in session: Session, _ call: Call) throws(Fault) -> (model: Model, walk: Walk) {
    let model = try session.models.find(self.model, at: "model")
    guard model.prior.isStandardNormal else {
      throw Fault(
        .wrongState, "the quantiles of a single latent are not known for this prior",
        path: "model", expected: "the prior standardNormal",
        hint: "model.traverse takes values instead of quantiles")
    }
    guard model.spec.latent > 1 else {
      throw Fault(
        .wrongState, "a grid needs two latents, the model has one", path: "model",
        expected: "a model of at least 2 latents", got: "1", hint: "model.traverse moves one")
    }
    let chosen = latents ?? [0, 1]
    guard chosen.count == 2, chosen[0] != chosen[1] else {
      throw Fault(
        .params, "expected two different latents", path: "latents",
        expected: "two different latents", got: chosen.json.excerpt)
    }
    try model.checkLatents(chosen)
    let found = try base.resolveOne(of: model, in: session, call)
    try Delivery.checkSize(steps, steps, max(model.spec.shape.count, model.spec.latent))
    try requireRoom(Size(steps) * steps * model.spec.latent)
    let grid = model.manifold(
      across: chosen[0], down: chosen[1], around: found.latent(0), steps: steps)
    return (model, try Walk(grid, through: model, base, found, in: session, call))
  }
}
