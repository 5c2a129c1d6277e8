import Declarations
import Files
import JSON
import Tensors
import Variational

/// The parameters of a path from one latent to another.
struct InterpolationParams: Described {
  var model = ""
  var base = LatentBase()
  var steps = 10
  var interpolation = Interpolation.linear

  static let fields: [Field<InterpolationParams>] =
    [Field("model", \.model, "The model.", required: true, faults: .lookup)] + Field.all(of: \.base)
    + [
      Field(
        "steps", \.steps, "Number of latents on the path, including both ends.",
        .from(2, to: 10_000)),
      Field(
        "interpolation", \.interpolation,
        "Form of the path: straight, or along the great circle, near which the draws of a normal prior lie."
      ),
    ]

  func walk(in session: Session, _ call: Call) throws(Fault) -> (model: Model, walk: Walk) {
    let model = try session.models.find(self.model, at: "model")
    let found = try base.resolve(2, of: model, in: session, call)
    try Delivery.checkSize(steps, model.spec.shape.count)
    try requireRoom(Size(steps) * model.spec.latent)
    let path = interpolation.path(from: found.latent(0), to: found.latent(1), steps: steps)
    return (model, try Walk(path, through: model, base, found, in: session, call))
  }
}
