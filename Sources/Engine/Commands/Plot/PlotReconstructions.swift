import Declarations
import JSON
import Pictures

enum PlotReconstructions: Command {
  static let method = "plot.reconstructions"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.resultTooLarge, .shape, .support, .notFinite]
  static let summary =
    "Draws rows and, below each, its reconstruction; the first 8 rows by default."

  struct Params: Described {
    var model = ""
    var rows = RowSelection()
    var seed = 0
    var mean = false
    var file = GridFile()
    static let fields: [Field<Params>] =
      [Field("model", \.model, "The model.", required: true, faults: .lookup)]
      + Field.all(of: \.rows) + [
        Field("seed", \.seed, "Seed of the draws of z.", .seed),
        Field("mean", \.mean, "Whether z is the mean of q(z|x) instead of a draw."),
      ] + Field.all(of: \.file)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> PictureReply
  {
    let model = try session.models.find(params.model, at: "model")
    var found = try params.rows.resolve(in: session, for: model)
    try found.checkShape(for: model)
    found.rows = params.rows.limited(found.rows, to: 8)
    let pair = try session.withTeam { (team) throws(Fault) in
      try model.reconstruct(
        found.examples, rows: found.rows, seed: params.seed, usesMean: params.mean, team: team,
        checkpoint: call.checkStop)
    }
    let notFinite = try Figures.each("the reconstruction", found.rows).notFinite(
      [pair.output], place: found.place(in: model, samples: 1, seed: params.seed, call))
    let grid = try Grid(pairs: pair.input, pair.output)
    let kind = params.mean ? "means of q(z|x)" : "draws from q(z|x)"
    return try params.file.reply(
      grid, call, title: "\(params.model): \(params.rows.phrase) above decoded \(kind)",
      rows: (0..<grid.lines).map { $0 % 2 == 0 ? "x" : "decoded" }, notFinite: notFinite)
  }
}
