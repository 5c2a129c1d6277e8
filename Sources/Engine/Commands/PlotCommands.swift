import JSON
import MeanField
import Pictures
import Tensors
import Variational

/// The reply of every plot: where it was written, or the picture itself.
struct PictureReply: Described {
  var path: String?
  var bytes = 0
  var mediaType: String?
  var base64: String?
  var notFinite: Int?

  static let fields: [Field<PictureReply>] = [
    Field("path", \.path, "The file, where one was asked for."),
    Field("bytes", \.bytes, "Size of the picture."),
    Field("mediaType", \.mediaType, "What the picture is, where it stands in the reply."),
    Field("base64", \.base64, "The picture, where no file was asked for."),
    Field(
      "notFinite", \.notFinite,
      "Images with numbers that are not finite, which are black, or points that have no place; where there are such."
    ),
  ]

  /// Draws in the format that the path's ending asks for, and delivers, unless the call was
  /// cancelled meanwhile.
  init(
    _ path: String?, _ call: Call, notFinite: Int? = nil,
    _ draw: (Picture.Format) throws(Fault) -> Picture
  ) throws(Fault) {
    self.notFinite = notFinite
    let picture = try draw(try Picture.Format(path: path))
    try call.checkStop()
    bytes = picture.bytes.count
    self.path = path
    if let path {
      try within("path") { () throws(Fault) in
        var draft = try Draft(replacing: path)
        try draft.append(picture.bytes)
        _ = try draft.keep()
      }
    } else {
      try Memory.require(Size(picture.bytes.count) * 3, for: "the picture as base64")
      mediaType = picture.mediaType
      base64 = Base64.encode(picture.bytes)
    }
  }

  init() {}
}

/// Where a picture goes.
let pathField = "The file: .png, .svg or .pdf; without it the reply holds a PNG."

/// A trainer's chart.
struct TrainerPlotParams: Described {
  var trainer = ""
  var path: String?
  static let fields: [Field<TrainerPlotParams>] = [
    Field("trainer", \.trainer, "The trainer.", required: true),
    Field("path", \.path, pathField),
  ]

  func history(in session: Session) throws(Fault) -> History {
    let entry = try session.trainers.find(trainer, at: "trainer")
    let history = entry.trainer.history
    // As doubles, their moving means, and what is drawn of them.
    try Memory.require(Size(history.count) * 160, for: "a chart of \(history.count) updates")
    guard history.count > 0 else {
      throw Fault(
        .wrongState, "trainer \"\(trainer)\" has done no update yet", path: "trainer",
        expected: "at least one update", got: "0", hint: "train it with trainer.step")
    }
    return history
  }
}

enum PlotCurves: Command {
  static let method = "plot.curves"
  static let faults: [Fault.Kind] = [.wrongState, .missingProgram]
  static let summary =
    "Reconstruction term and divergence of every weight update, each in its panel."

  static func run(_ params: TrainerPlotParams, in session: Session, _ call: Call) throws(Fault)
    -> PictureReply
  {
    let history = try params.history(in: session)
    let chart = Chart.curves(
      update: (1...history.count).map { Double($0) },
      reconstruction: history.reconstruction.map { Double($0) },
      divergence: history.divergence.map { Double($0) })
    return try PictureReply(params.path, call) { (format) throws(Fault) in
      try chart.picture(format, checkpoint: call.checkStop)
    }
  }
}

enum PlotValidation: Command {
  static let method = "plot.validation"
  static let faults: [Fault.Kind] = [.wrongState, .missingProgram]
  static let summary =
    "The reconstruction term of every update against that of the validation rows now and then."

  static func run(_ params: TrainerPlotParams, in session: Session, _ call: Call) throws(Fault)
    -> PictureReply
  {
    let history = try params.history(in: session)
    guard !history.validation.update.isEmpty else {
      throw Fault(
        .wrongState, "trainer \"\(params.trainer)\" has no validation yet", path: "trainer",
        expected: "at least one validation",
        hint: "give \"validation\" to trainer.create, and train at least \"every\" updates")
    }
    let chart = Chart.validation(
      trainUpdate: (1...history.count).map { Double($0) },
      trainReconstruction: history.reconstruction.map { Double($0) },
      validationUpdate: history.validation.update.map { Double($0) },
      validationReconstruction: history.validation.reconstruction)
    return try PictureReply(params.path, call) { (format) throws(Fault) in
      try chart.picture(format, checkpoint: call.checkStop)
    }
  }
}

enum PlotReconstructions: Command {
  static let method = "plot.reconstructions"
  static let faults: [Fault.Kind] = [.resultTooLarge, .shape, .support, .notFinite]
  static let summary =
    "Originals and, below each, its reconstruction; the first 8 rows unless told."

  struct Params: Described {
    var model = ""
    var rows = RowSelection()
    var seed = 0
    var mean = false
    var path: String?
    static let fields: [Field<Params>] =
      [Field("model", \.model, "The model.", required: true)] + Field.all(of: \.rows) + [
        Field("seed", \.seed, "Of the draws of z.", .seed),
        Field("mean", \.mean, "Take the mean of q(z|x) instead of a draw."),
        Field("path", \.path, pathField),
      ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> PictureReply
  {
    let model = try session.models.find(params.model, at: "model")
    var found = try params.rows.resolve(in: session, for: model)
    try found.checkShape(for: model)
    found.rows = params.rows.limited(found.rows, to: 8)
    let pair = try call.finishing { (stop) throws(Fault) in
      try model.reconstruct(
        found.examples, rows: found.rows, seed: params.seed, usesMean: params.mean, stop: stop)
    }
    let notFinite = try Figures.each("the reconstruction", found.rows).notFinite([pair.output]) {
      found.place($0, in: model, samples: 1, seed: params.seed, call)
    }
    let grid = try Grid(pairs: pair.input, pair.output)
    return try PictureReply(params.path, call, notFinite: notFinite) { (format) throws(Fault) in
      try grid.picture(format)
    }
  }
}

enum PlotSamples: Command {
  static let method = "plot.samples"
  static let faults: [Fault.Kind] = [.resultTooLarge, .shape, .support, .notFinite]
  static let summary =
    "A grid of decoded draws from the prior; of a model with a condition, a row for each class, over the same draws."

  struct Params: Described {
    var model = ""
    var count = 64
    var seed = 0
    var label: LabelForm?
    var path: String?
    static let fields: [Field<Params>] = [
      Field("model", \.model, "The model.", required: true),
      Field(
        "count", \.count, "Number of images; with a row for each class, rounded up to whole rows.",
        .from(1, to: 10_000)),
      Field(
        "label", \.label,
        "Of a model with a condition: the label of all draws, or a list of one for each, instead of a row for each class."
      ),
      Field("seed", \.seed, "Of the draws.", .seed),
      Field("path", \.path, pathField),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> PictureReply
  {
    let model = try session.models.find(params.model, at: "model")
    let (grid, notFinite) = try call.finishing { (stop) throws(Fault) -> (Grid, Int?) in
      if let classes = model.classes, params.label == nil {
        let columns = (params.count + classes.count - 1) / classes.count
        try Memory.require(
          Size(classes.count) * columns * (Size(model.spec.latent) * 8 + 32), for: "the latents")
        let draws = try model.latents(columns, seed: params.seed, temperature: 1, stop: stop)
        let latent = Tensor(
          [classes.count * columns, draws.width], classes.flatMap { _ in draws.values })
        let labels = classes.flatMap { Array(repeating: $0, count: columns) }
        let images = try model.decode(latent, given: Labels(labels), stop: stop)
        let count = try model.notFinite(images, decoding: latent, given: Labels(labels))
        return (try Grid(images, columns: columns), count)
      }
      let given = try params.label.given(params.count, for: model)
      let latent = try model.latents(params.count, seed: params.seed, temperature: 1, stop: stop)
      let images = try model.decode(latent, given: given, stop: stop)
      return (try Grid(images), try model.notFinite(images, decoding: latent, given: given))
    }
    return try PictureReply(params.path, call, notFinite: notFinite) { (format) throws(Fault) in
      try grid.picture(format)
    }
  }
}

enum PlotData: Command {
  static let method = "plot.data"
  static let faults: [Fault.Kind] = [.resultTooLarge, .shape, .support]
  static let summary = "A grid of rows of a data set; the first 64 unless told."

  struct Params: Described {
    var rows = RowSelection()
    var path: String?
    static let fields: [Field<Params>] =
      Field.all(of: \.rows) + [Field("path", \.path, pathField)]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> PictureReply
  {
    var found = try params.rows.resolve(in: session)
    found.rows = params.rows.limited(found.rows, to: 64)
    let grid = try Grid(found.values(call.checkStop))
    return try PictureReply(params.path, call) { (format) throws(Fault) in try grid.picture(format)
    }
  }
}

enum PlotMeanField: Command {
  static let method = "plot.meanField"
  static let faults: [Fault.Kind] = [.resultTooLarge, .support, .missingProgram]
  static let summary =
    "p against its mean-field approximations over the states, and free energy against beta."

  struct Params: Described {
    var distribution = ""
    var family = Family.independent
    var restarts = DiscreteDistribution.defaultRestarts
    var seed = 0
    var path: String?
    static let fields: [Field<Params>] = [
      Field("distribution", \.distribution, "The distribution.", required: true),
      Field("family", \.family, "The family whose q stands beside p."),
      Field(
        "restarts", \.restarts, "Starts of the independent family's ascent.",
        .from(1, to: DiscreteDistribution.restartsAllowed.upperBound)),
      Field("seed", \.seed, "Of the starts.", .seed),
      Field("path", \.path, pathField),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> PictureReply
  {
    let distribution = try session.distributions.find(params.distribution, at: "distribution")
    try distribution.requireRoom()
    let uniform = MeanFieldFitting.uniform(params.seed)
    let fit = try distribution.fit(
      params.family, restarts: params.restarts, uniform: uniform, checkpoint: call.checkStop)
    // Beyond the states that can be drawn, the free energy alone.
    let states =
      distribution.variables <= DiscreteDistribution.drawable
      ? try distribution.probabilities(beside: fit.q) : nil
    let beta = distribution.beta > 0 ? distribution.beta : 1
    let curve = try distribution.curve(
      over: (0...40).map { beta * Double($0) / 20 }, restarts: params.restarts, uniform: uniform,
      checkpoint: call.checkStop)
    let chart = Chart.meanField(
      states: states?.states ?? [], p: states?.p ?? [], q: states?.q ?? [], beta: curve.beta,
      freeEnergy: params.family == .independent ? curve.independent : curve.shared,
      logPartition: curve.logPartition ?? [])
    return try PictureReply(params.path, call) { (format) throws(Fault) in
      try chart.picture(format, checkpoint: call.checkStop)
    }
  }
}
