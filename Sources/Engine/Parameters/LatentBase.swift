import Declarations
import JSON
import Tensors
import Variational

/// The latents at which a call begins: given, or the posterior means of rows.
struct LatentBase: Described {
  var latent: TensorForm?
  var rows = RowSelection()
  var label: LabelName?

  static let fields: [Field<LatentBase>] =
    [Field("latent", \.latent, "Latents, (rows, latent), instead of rows.")]
    + Field.all(of: \.rows) + [
      Field(
        "label", \.label,
        "For a model with a condition: the label to decode with; that of the rows if left out.")
    ]

  /// Latents (count, latent), and the rows whose posterior means they are, if they come from rows.
  struct Found {
    var latents: Tensor
    var rows: RowSelection.Found?

    func latent(_ row: Int) -> [Float] {
      Array(latents.values[row * latents.width..<(row + 1) * latents.width])
    }
  }

  var isEmpty: Bool {
    latent == nil && rows.data == nil && rows.input == nil && rows.split == nil
      && rows.indices == nil && rows.count == nil && rows.labels == nil
  }

  /// Returns exactly `count` latents. If the call selects no rows, those of the data set's first
  /// rows.
  func resolve(
    _ count: Int, of model: Model, in session: Session, _ call: Call
  ) throws(Fault) -> Found {
    guard let latent else {
      var found = try rows.resolve(in: session, for: model)
      try found.checkShape(for: model)
      found.limit(rows, to: count)
      try Self.check(found.rows.count, count, at: rows.place)
      let mean = try session.withTeam { (team) throws(Fault) in
        try model.encode(
          found.examples, rows: found.rows, samples: 0, seed: 0, team: team,
          checkpoint: call.checkStop
        ).mean
      }
      // A path needs finite ends.
      let figures = Figures(what: "the mean of q(z|x)", rows: found.rows, isPerRow: false)
      _ = try figures.notFinite([mean], place: found.place(in: model, samples: 1, seed: 0, call))
      return Found(latents: mean, rows: found)
    }
    var others = self
    others.latent = nil
    guard others.isEmpty else {
      throw Fault(
        .params, "expected \"latent\" or rows, got both", path: "latent",
        expected: "one of the two")
    }
    let latents = try model.latents(latent)
    try Self.check(latents.rows, count, at: "latent")
    return Found(latents: latents)
  }

  /// Returns the given latent, or the origin.
  func resolveOne(
    of model: Model, in session: Session, _ call: Call
  ) throws(Fault) -> Found {
    guard isEmpty else { return try resolve(1, of: model, in: session, call) }
    return Found(latents: Tensor(zeros: [1, model.spec.latent]))
  }

  private static func check(_ found: Int, _ count: Int, at member: String) throws(Fault) {
    guard found == count else {
      let rows = count == 1 ? "one row" : "\(count) rows"
      throw .misfit(
        expected: rows, got: "\(found)", at: member,
        hint: member == "data" ? "choose with \"indices\"" : nil)
    }
  }
}

extension RowSelection {
  /// The member that selects the rows.
  var place: String {
    if input != nil { return "input" }
    return indices != nil ? "indices" : count != nil ? "count" : "data"
  }
}

extension Model {
  /// Returns the numbers of a client's latents, (rows, latent). Throws `shape`, and `support` if
  /// one is not finite.
  func latents(_ form: TensorForm) throws(Fault) -> Tensor {
    let given = try within("latent") { () throws(Fault) in try form.tensor() }
    guard given.shape.extents.last == spec.latent else {
      throw Fault(
        .shape, "the model has \(spec.latent) latents, got an array of shape \(given.shape)",
        path: "latent", expected: "[rows, \(spec.latent)]", got: "\(given.shape)")
    }
    try requireRows(given.shape.count / spec.latent, of: given.shape, at: "latent")
    let latents = Tensor([given.shape.count / spec.latent, spec.latent], given.values)
    try latents.requireFinite(at: "latent")
    return latents
  }

  /// Throws `params` for a latent that the model does not have.
  func checkLatents(_ latents: [Int], at member: String = "latents") throws(Fault) {
    for (position, latent) in latents.enumerated() where !(0..<spec.latent).contains(latent) {
      throw Fault(
        .params, "expected a latent from 0 to \(spec.latent - 1), got \(latent)",
        path: "\(member)[\(position)]", expected: "from 0 to \(spec.latent - 1)", got: "\(latent)")
    }
  }

  /// Decodes an array of latents of any rank: (…, latent) becomes (…, shape of an example).
  func decodeAll(
    _ latents: Tensor, given: Labels?, team: Team, checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Tensor {
    let flat = Tensor([latents.shape.count / spec.latent, spec.latent], latents.values)
    let shape = latents.shape.extents.dropLast() + spec.shape.extents
    return Tensor(
      Shape(Array(shape)), try decode(flat, given: given, team: team, checkpoint: checkpoint).values
    )
  }
}
