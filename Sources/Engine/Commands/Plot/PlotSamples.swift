import Declarations
import Files
import JSON
import Pictures
import Tensors
import Variational

enum PlotSamples: Command {
  static let method = "plot.samples"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.resultTooLarge, .shape, .support, .notFinite]
  static let summary =
    "Draws a grid of images decoded from the prior; for a model with a condition, a row for each class, over the same draws."

  struct Params: Described {
    var model = ""
    var count = 64
    var seed = 0
    var label: LabelForm?
    var file = GridFile()
    static let fields: [Field<Params>] =
      [
        Field("model", \.model, "The model.", required: true, faults: .lookup),
        Field(
          "count", \.count,
          "Number of images; with a row for each class, rounded up to whole rows.",
          .from(1, to: 10_000)),
        Field(
          "label", \.label,
          "For a model with a condition: the label of all draws, or a list with one for each, instead of a row for each class."
        ),
        Field("seed", \.seed, "Seed of the draws.", .seed),
      ] + Field.all(of: \.file)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> PictureReply
  {
    let model = try session.models.find(params.model, at: "model")
    let (grid, notFinite) = try session.withTeam { (team) throws(Fault) in
      try draw(params, model, team, call.checkStop)
    }
    return try params.file.reply(
      grid, call, title: "\(params.model): decoded draws from the prior",
      rows: params.label == nil ? model.classNames : [], notFinite: notFinite)
  }

  /// Returns the images, with a column for each draw if there are classes, and the number of images
  /// that are not finite.
  private static func draw(
    _ params: Params, _ model: Model, _ team: Team, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> (grid: Grid, notFinite: Int?) {
    if let classes = model.classes, params.label == nil {
      let columns = (params.count + classes.count - 1) / classes.count
      try Memory.require(
        Size(classes.count) * columns * (Size(model.spec.latent) * 8 + 32), for: "the latents")
      let draws = try model.latents(
        columns, seed: params.seed, temperature: 1, checkpoint: checkpoint)
      let latent = Tensor(
        [classes.count * columns, draws.width], classes.flatMap { _ in draws.values })
      let labels = classes.flatMap { Array(repeating: $0, count: columns) }
      let images = try model.decode(
        latent, given: Labels(labels), team: team, checkpoint: checkpoint)
      let count = try model.notFinite(images, decoding: latent, given: Labels(labels))
      return (try Grid(images, columns: columns), count)
    }
    let given = try params.label.given(params.count, for: model)
    let latent = try model.latents(
      params.count, seed: params.seed, temperature: 1, checkpoint: checkpoint)
    let images = try model.decode(latent, given: given, team: team, checkpoint: checkpoint)
    return (try Grid(images), try model.notFinite(images, decoding: latent, given: given))
  }
}
