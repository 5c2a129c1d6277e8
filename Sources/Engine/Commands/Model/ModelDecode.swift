import Declarations
import JSON
import Tensors
import Variational

enum ModelDecode: Command {
  static let method = "model.decode"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.shape, .support, .notFinite, .denied, .io, .badFile]
  static let summary = "Returns the mean of p(x|z) for each row of latents."

  struct Params: Described {
    var model = ""
    var latent: TensorForm?
    var label: LabelForm?
    var delivery = Delivery()

    static let fields: [Field<Params>] =
      [
        Field("model", \.model, "The model.", required: true, faults: .lookup),
        Field("latent", \.latent, "Latents, (rows, latent).", required: true),
        Field(
          "label", \.label,
          "For a model with a condition: the label of all rows, or a list with one for each."),
      ] + Field.all(of: \.delivery)
  }

  struct Reply: Answer {
    let output: TensorForm
    let notFinite: Int?
    static let members: [Member<Reply>] = [
      Member("output", \.output, "Means of p(x|z): for Bernoulli, probabilities."),
      Member("notFinite", \.notFinite, Figures.each),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let model = try session.models.find(params.model, at: "model")
    let latents = try model.latents(try required(params.latent, "latent"))
    let given = try params.label.given(latents.rows, for: model)
    let output = try session.withTeam { (team) throws(Fault) in
      try model.decode(latents, given: given, team: team, checkpoint: call.checkStop)
    }
    let notFinite = try model.notFinite(output, decoding: latents, given: given)
    return Reply(output: try params.delivery.form(output, call), notFinite: notFinite)
  }
}
