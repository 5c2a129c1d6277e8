import JSON
import Tensors
import Variational

/// Latents of a path or a grid, and what the decoder makes of them.
struct Walk {
  var latents: Tensor
  var output: Tensor
  /// The rows that it begins and ends at, where it was rows.
  var rows: RowSelection.Found?
  /// Outputs that are not finite, where there are such.
  var notFinite: Int?

  /// All latents have the label that the call gave or, where it gave none, that of the rows, if it
  /// is one.
  init(
    _ latents: Tensor, through model: Model, _ base: LatentBase, _ found: LatentBase.Found,
    _ call: Call
  ) throws(Fault) {
    self.latents = latents
    rows = found.rows
    var label = base.label.map { LabelForm.all($0) }
    if label == nil, model.condition != nil, let own = found.rows?.labels, Set(own).count == 1 {
      label = own.first.map { .all(.label($0)) }
    }
    let count = latents.shape.count / model.spec.latent
    let given = try label.given(count, for: model)
    output = try call.finishing { (stop) throws(Fault) in
      try model.decodeAll(latents, given: given, stop: stop)
    }
    notFinite = try model.notFinite(output, decoding: latents, given: given)
  }

  /// The outputs as one list of images.
  func images(_ model: Model) -> Tensor {
    Tensor(model.spec.shape.rows(output.shape.count / model.spec.shape.count), output.values)
  }
}

/// Throws `memory` where there is none for so many numbers of latents.
private func requireRoom(_ numbers: Size) throws(Fault) {
  try Memory.require(numbers * 4, for: "the latents on the way", hint: "take fewer steps")
}

/// From one latent to another.
struct InterpolationParams: Described {
  var model = ""
  var base = LatentBase()
  var steps = 10
  var interpolation = Interpolation.linear

  static let fields: [Field<InterpolationParams>] =
    [Field("model", \.model, "The model.", required: true)] + Field.all(of: \.base) + [
      Field("steps", \.steps, "Latents on the way, both ends among them.", .from(2, to: 10_000)),
      Field(
        "interpolation", \.interpolation,
        "Straight, or along the great circle, near which the draws of a normal prior lie."),
    ]

  func walk(in session: Session, _ call: Call) throws(Fault) -> (model: Model, walk: Walk) {
    let model = try session.models.find(self.model, at: "model")
    let found = try base.resolve(2, of: model, in: session, call)
    try Delivery.checkSize(steps, model.spec.shape.count)
    try requireRoom(Size(steps) * model.spec.latent)
    let path = interpolation.path(from: found.latent(0), to: found.latent(1), steps: steps)
    return (model, try Walk(path, through: model, base, found, call))
  }
}

/// One latent at a time over a range.
struct TraversalParams: Described {
  var model = ""
  var base = LatentBase()
  var latents: [Int]?
  var from = -3.0
  var to = 3.0
  var steps = 7

  static let fields: [Field<TraversalParams>] =
    [Field("model", \.model, "The model.", required: true)] + Field.all(of: \.base) + [
      Field("latents", \.latents, "Which latents, counted from 0; all if left out."),
      Field("from", \.from, "The value that each begins at.", .from(-1e6, to: 1e6)),
      Field("to", \.to, "The value that each ends at.", .from(-1e6, to: 1e6)),
      Field("steps", \.steps, "Values of each.", .from(1, to: 10_000)),
    ]

  /// `most` latents where none are named.
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
    return (model, try Walk(path, through: model, base, found, call))
  }
}

/// A grid over quantiles of the prior of two latents.
struct ManifoldParams: Described {
  var model = ""
  var base = LatentBase()
  var latents: [Int]?
  var steps = 20

  static let fields: [Field<ManifoldParams>] =
    [Field("model", \.model, "The model.", required: true)] + Field.all(of: \.base) + [
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
    return (model, try Walk(grid, through: model, base, found, call))
  }
}
