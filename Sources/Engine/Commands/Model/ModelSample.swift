import DataSources
import Declarations
import JSON
import Tensors

enum ModelSample: Command {
  static let method = "model.sample"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.resultTooLarge, .support, .notFinite]
  static let summary = "Draws latents from the prior and decodes them."

  struct Params: Described {
    var model = ""
    var count = 1
    var seed = 0
    var temperature: Float = 1
    var draw = false
    var label: LabelForm?
    var delivery = Delivery()

    static let fields: [Field<Params>] =
      [
        Field("model", \.model, "The model.", required: true, faults: .lookup),
        Field("count", \.count, "Number of draws.", required: true, .from(1, to: 1_000_000)),
        Field("seed", \.seed, "Seed of the draws.", .seed),
        Field(
          "temperature", \.temperature,
          "Factor on the noise that the latents are made from.", .from(0, to: 1e30)),
        Field("draw", \.draw, "Whether x is a draw from p(x|z) instead of its mean."),
        Field(
          "label", \.label,
          "For a model with a condition: the label of all rows, or a list with one for each."),
      ] + Field.all(of: \.delivery)
  }

  struct Reply: Answer {
    let latent: TensorForm
    let output: TensorForm
    let notFinite: Int?
    static let members: [Member<Reply>] = [
      Member("latent", \.latent, "The latents, (count, latent)."),
      Member("output", \.output, "Means of p(x|z), or draws from it."),
      Member("notFinite", \.notFinite, Figures.each),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let model = try session.models.find(params.model, at: "model")
    try Delivery.checkSize(params.count, model.spec.shape.count, 1)
    let given = try params.label.given(params.count, for: model)
    let latent = try model.latents(
      params.count, seed: params.seed, temperature: params.temperature, checkpoint: call.checkStop)
    let output = try session.withTeam { (team) throws(Fault) in
      try model.decode(
        latent, given: given, drawing: params.draw ? params.seed : nil, team: team,
        checkpoint: call.checkStop)
    }
    let notFinite = try model.notFinite(output, decoding: latent, given: given)
    let labels = try params.label?.labels(params.count, of: model, at: "label")
    let forms = try params.delivery.forms(
      [("latent", latent), ("output", output)], as: TableFile(labels: labels, model), call)
    return Reply(latent: forms[0].value, output: forms[1].value, notFinite: notFinite)
  }
}
