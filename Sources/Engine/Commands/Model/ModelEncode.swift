import Declarations
import JSON
import Tensors
import Variational

enum ModelEncode: Command {
  static let method = "model.encode"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.resultTooLarge, .shape, .support, .notFinite]
  static let summary =
    "Returns the mean and standard deviation of q(z|x) for each row, and draws of z."

  struct Params: Described {
    var model = ""
    var rows = RowSelection()
    var samples = 0
    var seed = 0
    var delivery = Delivery()

    static let fields: [Field<Params>] =
      [Field("model", \.model, "The model.", required: true, faults: .lookup)]
      + Field.all(of: \.rows) + [
        Field("samples", \.samples, "Draws of z for each row.", .from(0, to: 100_000)),
        Field("seed", \.seed, "Seed of the draws.", .seed),
      ] + Field.all(of: \.delivery)
  }

  struct Reply: Answer {
    let mean: TensorForm
    let deviation: TensorForm
    let latent: TensorForm?
    let notFinite: Int?
    static let members: [Member<Reply>] = [
      Member("mean", \.mean, "Means, (rows, latent)."),
      Member(
        "deviation", \.deviation,
        "Standard deviations, (rows, latent). For a flow, means and deviations are estimated from 256 draws."
      ),
      Member("latent", \.latent, "Draws, (samples, rows, latent)."),
      Member("notFinite", \.notFinite, Figures.each),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let model = try session.models.find(params.model, at: "model")
    let found = try params.rows.resolve(in: session, for: model)
    try found.checkShape(for: model)
    try Delivery.checkSize(params.samples, found.rows.count, model.spec.latent)
    let answer = try session.withTeam { (team) throws(Fault) in
      try model.encode(
        found.examples, rows: found.rows, samples: params.samples, seed: params.seed, team: team,
        checkpoint: call.checkStop)
    }
    var bad = Set(answer.mean.rowsNotFinite + answer.deviation.rowsNotFinite)
    if let values = answer.latent?.values {
      let width = model.spec.latent
      for place in values.indices where !values[place].isFinite {
        bad.insert(place / width % found.rows.count)
      }
    }
    let notFinite = try Figures.each("q(z|x)", found.rows).notFinite(
      bad.sorted(),
      place: found.place(in: model, samples: max(1, params.samples), seed: params.seed, call))
    var tensors = [("mean", answer.mean), ("deviation", answer.deviation)]
    if let latent = answer.latent { tensors.append(("latent", latent)) }
    let forms = try params.delivery.forms(tensors.map { (name: $0.0, tensor: $0.1) }, call)
    return Reply(
      mean: forms[0].value, deviation: forms[1].value,
      latent: forms.count > 2 ? forms[2].value : nil, notFinite: notFinite)
  }
}
