import Declarations
import Files
import JSON
import Tensors
import Variational

/// The parameters of a traversal of single latents over a range.
struct TraversalParams: Described {
  var model = ""
  var base = LatentBase()
  var latents: [Int]?
  var from = -3.0
  var to = 3.0
  var steps = 7

  static let fields: [Field<TraversalParams>] =
    [Field("model", \.model, "The model.", required: true, faults: .lookup)] + Field.all(of: \.base)
    + [
      Field("latents", \.latents, "Latents to vary, counted from 0; all if left out."),
      Field("from", \.from, "First value of each latent.", .from(-1e6, to: 1e6)),
      Field("to", \.to, "Last value of each latent.", .from(-1e6, to: 1e6)),
      Field("steps", \.steps, "Number of values of each latent.", .from(1, to: 10_000)),
    ]

  /// Traverses the named latents, or the first `most`.
  func walk(
    in session: Session, _ call: Call, most: Int = .max
  ) throws(Fault) -> (model: Model, walk: Walk) {
    let model = try session.models.find(self.model, at: "model")
    let found = try base.resolveOne(of: model, in: session, call)
    if let latents { try model.checkLatents(latents) }
    let chosen = latents ?? Array(0..<min(most, model.spec.latent))
    guard !chosen.isEmpty else {
      throw Fault(
        .params, "expected at least one latent, got none", path: "latents",
        expected: "at least one latent", got: "[]")
    }
    try Delivery.checkSize(chosen.count, steps, max(model.spec.shape.count, model.spec.latent))
    try requireRoom(Size(chosen.count) * steps * model.spec.latent)
    let path = model.traversal(
      of: chosen, around: found.latent(0), from: from, to: to, steps: steps)
    return (model, try Walk(path, through: model, base, found, in: session, call))
  }
}
