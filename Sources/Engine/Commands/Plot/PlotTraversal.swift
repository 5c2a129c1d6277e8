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
    var file = PictureFile()
    static let fields: [Field<Params>] =
      Field.all(of: \.path) + Field.all(of: \.file)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> PictureReply
  {
    let (model, walk) = try params.path.walk(in: session, call, most: 16)
    let grid = try Grid(walk.images(model), columns: params.path.steps)
    return try PictureReply(params.file, call, notFinite: walk.notFinite) {
      (format) throws(Fault) in try grid.picture(format)
    }
  }
}
