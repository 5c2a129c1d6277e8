import Declarations
import JSON
import Pictures

enum PlotTraversal: Command {
  static let method = "plot.traversal"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.resultTooLarge, .shape, .support, .notFinite]
  static let summary =
    "Draws a row of images for each latent, which varies over a range; the first 16 latents by default."

  struct Params: Described {
    var path = TraversalParams()
    var file = GridFile()
    static let fields: [Field<Params>] =
      Field.all(of: \.path) + Field.all(of: \.file)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> PictureReply
  {
    let (model, walk) = try params.path.walk(in: session, call, most: 16)
    let grid = try Grid(walk.images(model), columns: params.path.steps)
    let path = params.path
    let chosen = path.latents ?? Array(0..<grid.lines)
    let title = "\(path.model): a latent from \(path.from.hundredths) to \(path.to.hundredths)"
    return try params.file.reply(
      grid, call, title: title, rows: chosen.map { "latent \($0)" }, notFinite: walk.notFinite)
  }
}
