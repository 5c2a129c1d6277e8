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
    var file = PictureFile()
    static let fields: [Field<Params>] =
      Field.all(of: \.grid) + Field.all(of: \.file)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> PictureReply
  {
    let (model, walk) = try params.grid.walk(in: session, call)
    let grid = try Grid(walk.images(model), columns: params.grid.steps)
    return try PictureReply(params.file, call, notFinite: walk.notFinite) {
      (format) throws(Fault) in try grid.picture(format)
    }
  }
}
