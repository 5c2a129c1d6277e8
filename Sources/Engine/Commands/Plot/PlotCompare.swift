import Declarations
import JSON
import Pictures

/// `plot.compare`: draws the runs of several trainers in one chart, as in the papers' figures.
enum PlotCompare: Command {
  static let method = "plot.compare"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.wrongState, .missingProgram]
  static let summary =
    "Draws several trainers in one chart: training and validation against updates, examples or epochs."

  enum Quantity: String, Word { case elbo, reconstruction, divergence }
  enum Against: String, Word { case updates, examples, epochs }
  enum Curves: String, Word { case both, training, validation }

  struct Params: Described {
    var trainers: [String] = []
    var quantity = Quantity.elbo
    var against = Against.updates
    var curves = Curves.both
    var from = 0
    var logarithmic = false
    var file = ChartFile()
    static let fields: [Field<Params>] =
      [
        Field("trainers", \.trainers, "The trainers, at most 10.", required: true, faults: .lookup),
        Field("quantity", \.quantity, "Quantity to draw, in nats."),
        Field("against", \.against, "Unit of the x axis."),
        Field("curves", \.curves, "Curves to draw; a trainer without validations has only one."),
        Field("from", \.from, "Only updates after this one.", .count(from: 0)),
        Field("logarithmic", \.logarithmic, "Whether the x axis is logarithmic."),
      ] + Field.all(of: \.file)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> PictureReply
  {
    guard (1...10).contains(params.trainers.count) else {
      throw Fault(
        .params, "expected 1 to 10 trainers, got \(params.trainers.count)", path: "trainers",
        expected: "1 to 10 names", got: "\(params.trainers.count)")
    }
    var runs: [Chart.Run] = []
    for (position, name) in params.trainers.enumerated() {
      let entry = try session.trainers.find(name, at: "trainers[\(position)]")
      let run = run(name, entry, params)
      guard !run.training.isEmpty || !run.validation.isEmpty else {
        throw Fault(
          .wrongState, "trainer \"\(name)\" has nothing to draw", path: "trainers[\(position)]",
          expected: "updates after \(params.from)"
            + (params.curves == .validation ? ", and validations" : ""),
          got: "\(entry.trainer.update) updates", hint: "train it with trainer.step")
      }
      runs.append(run)
    }
    let chart = Chart.comparison(
      runs: runs, x: axis(params.against), y: "\(params.quantity.phrase) (nats)",
      isLogarithmic: params.logarithmic)
    return try params.file.reply(chart, in: session, call)
  }

  private static func run(_ name: String, _ entry: TrainerEntry, _ params: Params) -> Chart.Run {
    let trainer = entry.trainer
    func place(_ update: Int) -> Double {
      let epochs = Double(update) / Double(trainer.updatesPerEpoch)
      return switch params.against {
      case .updates: Double(update)
      case .examples: epochs * Double(trainer.rowsPerEpoch)
      case .epochs: epochs
      }
    }
    func value(_ reconstruction: Double, _ divergence: Double) -> Double {
      switch params.quantity {
      case .elbo: reconstruction - divergence
      case .reconstruction: reconstruction
      case .divergence: divergence
      }
    }
    let history = trainer.history
    var run = Chart.Run(name: name)
    if params.curves != .validation {
      for index in min(params.from, history.count)..<history.count {
        run.training.append(
          (
            place(index + 1),
            value(Double(history.reconstruction[index]), Double(history.divergence[index]))
          ))
      }
    }
    if params.curves != .training {
      let held = history.validation
      for index in held.update.indices where held.update[index] > params.from {
        run.validation.append(
          (place(held.update[index]), value(held.reconstruction[index], held.divergence[index])))
      }
    }
    return run
  }

  private static func axis(_ against: Against) -> String {
    switch against {
    case .updates: "weight updates"
    case .examples: "training examples seen"
    case .epochs: "epochs"
    }
  }
}

extension PlotCompare.Quantity {
  fileprivate var phrase: String {
    switch self {
    case .elbo: "evidence lower bound"
    case .reconstruction: "reconstruction term"
    case .divergence: "divergence"
    }
  }
}
