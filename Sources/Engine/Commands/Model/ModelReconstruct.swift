import DataSources
import Declarations
import JSON

enum ModelReconstruct: Command {
  static let method = "model.reconstruct"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.shape, .support, .notFinite]
  static let summary = "Returns rows and the mean of p(x|z) for each, with z drawn from q(z|x)."

  struct Params: Described {
    var model = ""
    var rows = RowSelection()
    var seed = 0
    var mean = false
    var delivery = Delivery()

    static let fields: [Field<Params>] =
      [Field("model", \.model, "The model.", required: true, faults: .lookup)]
      + Field.all(of: \.rows) + [
        Field("seed", \.seed, "Seed of the draws of z.", .seed),
        Field("mean", \.mean, "Whether z is the mean of q(z|x) instead of a draw."),
      ] + Field.all(of: \.delivery)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> PairReply {
    let model = try session.models.find(params.model, at: "model")
    let found = try params.rows.resolve(in: session, for: model)
    try found.checkShape(for: model)
    let answer = try session.withTeam { (team) throws(Fault) in
      try model.reconstruct(
        found.examples, rows: found.rows, seed: params.seed, usesMean: params.mean, team: team,
        checkpoint: call.checkStop)
    }
    let notFinite = try Figures.each("the reconstruction", found.rows).notFinite(
      [answer.output], place: found.place(in: model, samples: 1, seed: params.seed, call))
    let forms = try params.delivery.forms(
      [("input", answer.input), ("output", answer.output)], as: TableFile(found, model), call)
    return PairReply(input: forms[0].value, output: forms[1].value, notFinite: notFinite)
  }
}
