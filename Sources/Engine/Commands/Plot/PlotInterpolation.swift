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
    var file = PictureFile()
    static let fields: [Field<Params>] =
      Field.all(of: \.path) + Field.all(of: \.file)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> PictureReply
  {
    let (model, walk) = try params.path.walk(in: session, call)
    var images = walk.images(model)
    if let rows = walk.rows {
      try Memory.require(Size(images.shape) * 12, for: "the images and their ends")
      let ends = try rows.values(call.checkStop).values
      let width = model.spec.shape.count
      images = Tensor(
        model.spec.shape.rows(images.rows + 2),
        ends[..<width] + images.values + ends[width...])
    }
    let grid = try Grid(images, columns: images.rows)
    return try PictureReply(params.file, call, notFinite: walk.notFinite) {
      (format) throws(Fault) in try grid.picture(format)
    }
  }
}
