import Declarations
import JSON
import MeanField
import Pictures

enum PlotMeanField: Command {
  static let method = "plot.meanField"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.resultTooLarge, .support, .missingProgram]
  static let summary =
    "Draws p and its mean-field approximations over the states, and free energy against beta."

  struct Params: Described {
    var distribution = ""
    var family = Family.independent
    var restarts = DiscreteDistribution.defaultRestarts
    var seed = 0
    var file = ChartFile()
    static let fields: [Field<Params>] =
      [
        Field("distribution", \.distribution, "The distribution.", required: true, faults: .lookup),
        Field("family", \.family, "Family of the q drawn beside p."),
        Field(
          "restarts", \.restarts, "Number of starts of the independent family's ascent.",
          .from(1, to: DiscreteDistribution.restartsAllowed.upperBound)),
        Field("seed", \.seed, "Seed of the starts.", .seed),
      ] + Field.all(of: \.file)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> PictureReply
  {
    let distribution = try session.distributions.find(params.distribution, at: "distribution")
    try distribution.requireRoom()
    let uniform = MeanFieldFit.uniform(params.seed)
    let fit = try distribution.fit(
      params.family, restarts: params.restarts, uniform: uniform, checkpoint: call.checkStop)
    // If there are too many states to draw, only the free energy is drawn.
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
    return try params.file.reply(chart, in: session, call)
  }
}
