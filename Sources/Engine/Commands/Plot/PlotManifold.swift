import Declarations
import JSON
import Pictures

enum PlotManifold: Command {
  static let method = "plot.manifold"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.resultTooLarge, .shape, .support, .wrongState, .notFinite]
  static let summary =
    "Draws a grid of decoded latents, two of which vary over equally spaced quantiles of the prior."

  struct Params: Described {
    var grid = ManifoldParams()
    var file = GridFile()
    static let fields: [Field<Params>] =
      Field.all(of: \.grid) + Field.all(of: \.file)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> PictureReply
  {
    let (model, walk) = try params.grid.walk(in: session, call)
    let grid = try Grid(walk.images(model), columns: params.grid.steps)
    let (steps, chosen) = (params.grid.steps, params.grid.latents ?? [0, 1])
    // The values of the latent that changes from row to row.
    let rows = (0..<steps).map { line in
      let value = walk.latents.values[line * steps * model.spec.latent + chosen[1]]
      return Double(value).hundredths
    }
    let title =
      "\(params.grid.model): latent \(chosen[0]) to the right, latent \(chosen[1]) downwards"
    return try params.file.reply(grid, call, title: title, rows: rows, notFinite: walk.notFinite)
  }
}
