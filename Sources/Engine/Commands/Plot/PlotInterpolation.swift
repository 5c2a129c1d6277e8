import Declarations
import Files
import JSON
import Pictures
import Tensors

enum PlotInterpolation: Command {
  static let method = "plot.interpolation"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.resultTooLarge, .shape, .support, .notFinite]
  static let summary =
    "Draws a strip of images decoded between two latents, or between two rows, which then form its ends."

  struct Params: Described {
    var path = InterpolationParams()
    var file = GridFile()
    static let fields: [Field<Params>] =
      Field.all(of: \.path) + Field.all(of: \.file)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> PictureReply
  {
    let (model, walk) = try params.path.walk(in: session, call)
    var images = walk.images(model)
    var title = "\(params.path.model): decoded on the way from one latent to another"
    if let rows = walk.rows {
      try Memory.require(Size(images.shape) * 12, for: "the images and their ends")
      let ends = try rows.values(call.checkStop).values
      let width = model.spec.shape.count
      images = Tensor(
        model.spec.shape.rows(images.rows + 2),
        ends[..<width] + images.values + ends[width...])
      let names = rows.rows.map { "row \($0)" }.joined(separator: " to ")
      title = "\(params.path.model): decoded on the way from \(names)"
    }
    let grid = try Grid(images, columns: images.rows)
    return try params.file.reply(grid, call, title: title, notFinite: walk.notFinite)
  }
}
