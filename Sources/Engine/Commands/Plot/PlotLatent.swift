import Declarations
import Files
import JSON
import Pictures
import Tensors
import Variational

enum PlotLatent: Command {
  static let method = "plot.latent"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.shape, .support, .wrongState, .notFinite, .missingProgram]
  static let summary =
    "Draws posterior means of rows, coloured by label: two latents, or the first two principal components of more; the first 2000 rows by default."

  struct Params: Described {
    var model = ""
    var rows = RowSelection()
    var latents: [Int]?
    var file = ChartFile()
    static let fields: [Field<Params>] =
      [Field("model", \.model, "The model.", required: true, faults: .lookup)]
      + Field.all(of: \.rows) + [
        Field(
          "latents", \.latents, "Two latents to draw, counted from 0, instead of components.")
      ] + Field.all(of: \.file)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> PictureReply
  {
    let model = try session.models.find(params.model, at: "model")
    var found = try params.rows.resolve(in: session, for: model)
    try found.checkShape(for: model)
    found.limit(params.rows, to: 2000)
    let mean = try session.withTeam { (team) throws(Fault) in
      try model.encode(
        found.examples, rows: found.rows, samples: 0, seed: 0, team: team,
        checkpoint: call.checkStop
      ).mean
    }
    try Memory.require(
      Size(found.rows.count) * 256 + Size(mean.width) * mean.width * 64, for: "a chart of the rows")
    let bad = Set(mean.rowsNotFinite)
    let notFinite = try Figures.each("the mean of q(z|x)", found.rows).notFinite(
      bad.sorted(), place: found.place(in: model, samples: 1, seed: 0, call))
    // Points that are not finite would make the components NaN.
    let drawn = (0..<mean.rows).filter { !bad.contains($0) }
    let width = mean.width
    let points = Tensor(
      [drawn.count, width], drawn.flatMap { mean.values[$0 * width..<($0 + 1) * width] })
    let axes = try axes(of: points, params.latents, model, call)
    let chart = Chart.latent(
      x: axes[0].values, y: axes[1].values,
      labels: found.labels.map { labels in drawn.map { labels[$0] } },
      names: found.examples.classNames,
      xLabel: axes[0].label, yLabel: axes[1].label)
    return try params.file.reply(chart, in: session, call, notFinite: notFinite)
  }

  /// Returns the coordinates along x and y.
  private static func axes(
    of mean: Tensor, _ latents: [Int]?, _ model: Model, _ call: Call
  ) throws(Fault) -> [(values: [Double], label: String)] {
    let width = mean.width
    func column(_ latent: Int) -> (values: [Double], label: String) {
      (
        (0..<mean.rows).map { Double(mean.values[$0 * width + latent]) },
        "posterior mean of latent \(latent)"
      )
    }
    if let latents {
      guard latents.count == 2 else {
        throw Fault(
          .params, "expected two latents, got \(latents.count)", path: "latents",
          expected: "two latents", got: latents.json.excerpt)
      }
      try model.checkLatents(latents)
      return latents.map(column)
    }
    guard width > 1 else {
      throw Fault(
        .wrongState, "a plane needs two latents, the model has one", path: "model",
        expected: "a model of at least 2 latents", got: "1",
        hint: "model.encode returns the means")
    }
    guard width > 2 else { return [column(0), column(1)] }
    guard width <= PrincipalComponents.mostColumns else {
      throw Fault(
        .wrongState, "principal components of \(width) latents are too many", path: "model",
        expected: "at most \(PrincipalComponents.mostColumns) latents", got: "\(width)",
        hint: "choose two with \"latents\"")
    }
    let components = try PrincipalComponents(mean, checkpoint: call.checkStop)
    let total = components.variances.reduce(0, +)
    return (0..<2).map { index in
      let part = components.variances[index] / total
      let share = (0...1).contains(part) ? part * 100 : 0
      return (
        components.scores(of: mean, along: index),
        "principal component \(index + 1) (\(Int(share.rounded()))% of the variance)"
      )
    }
  }
}
