import Declarations
import JSON

enum EvaluateBracket: Command {
  static let method = "evaluate.bracket"
  static let faults: [Fault.Kind] = [.shape, .support, .notFinite]
  static let summary =
    "Bounds on log p(x) of data simulated from the model, by annealing from the prior and back from the exact posterior draw."

  struct Params: Described {
    var model = ""
    var count = 0
    var samples = 16
    var seed = 0
    var perRow = false
    var label: LabelForm?
    var annealing = EstimatorParams()

    static let fields: [Field<Params>] =
      [
        Field("model", \.model, "The model.", required: true),
        Field(
          "count", \.count, "Number of examples to simulate.", required: true,
          .from(1, to: 1 << 20)),
        Field(
          "samples", \.samples, "Chains for each example and direction.", .from(1, to: 1_000_000)),
        Field("seed", \.seed, "Of the examples and of the chains.", .seed),
        Field("perRow", \.perRow, "Whether each example's bounds are answered too."),
        Field(
          "label", \.label,
          "Of a model with a condition: the label of all examples, or a list of one for each; the classes in turn if left out."
        ),
      ] + EstimatorParams.annealing.map { $0.lifted(to: \.annealing) }
  }

  struct Reply: Described {
    var lower = 0.0
    var upper = 0.0
    var standardError = Ends()
    var monteCarloError = Ends()
    var acceptance = 0.0
    var unreliable = Ends()
    var warning: String?
    var unit = "nats"
    var count = 0
    var samples = 0
    var binarization = "drawn from the model"
    var notFinite: Int?
    var rows: Rows?

    static let fields: [Field<Reply>] = [
      Field("lower", \.lower, "At most the mean log p(x), in expectation."),
      Field("upper", \.upper, "At least the mean log p(x), in expectation."),
      Field(
        "standardError", \.standardError, "Of both, over the examples; none for a single one."),
      Field(
        "monteCarloError", \.monteCarloError, "Of both, from the chains; none for a single chain."),
      Field("acceptance", \.acceptance, "Mean probability of accepting a move."),
      Field(
        "unreliable", \.unreliable,
        "Share of the examples of which too few chains count, for each bound."),
      Field("warning", \.warning, warningSummary),
      Field("unit", \.unit, "Always nats."),
      Field("count", \.count, "Number of examples."),
      Field("samples", \.samples, "Chains for each example and direction."),
      Field("binarization", \.binarization, "Where the examples came from."),
      Field("notFinite", \.notFinite, Figures.summary),
      Field("rows", \.rows, "Each example's bounds, where they were asked for."),
    ]
  }

  /// Something of both bounds.
  struct Ends: Described {
    var lower: Double?
    var upper: Double?

    static let fields: [Field<Ends>] = [
      Field("lower", \.lower, "Of the lower bound."),
      Field("upper", \.upper, "Of the upper bound."),
    ]
  }

  struct Rows: Described {
    var lower: [Double] = []
    var upper: [Double] = []

    static let fields: [Field<Rows>] = [
      Field("lower", \.lower, "Lower bound of each example."),
      Field("upper", \.upper, "Upper bound of each example."),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let model = try session.models.find(params.model, at: "model")
    let annealing = params.annealing.annealed(
      model, chains: params.samples, seed: params.seed)
    var label = params.label
    if label == nil, let classes = model.classes {
      label = .each((0..<params.count).map { .label(classes[$0 % classes.count]) })
    }
    let given = try label.given(params.count, for: model)
    let bracket = try session.withTeam { (team) throws(Fault) in
      try annealing.bracket(
        count: params.count, given: given, team: team, checkpoint: call.checkStop)
    }
    var reply = Reply()
    let (lower, upper) = (bracket.lower, bracket.upper)
    let figures = Figures(
      what: "a bound on log p(x)", rows: (0..<UInt32(params.count)).map { $0 },
      isPerRow: params.perRow, areExamples: true)
    reply.notFinite = try figures.notFinite([lower, upper]) {
      bracket.place($0, in: model, given: given)
    }
    let (below, above) = (bracket.reliability.lower, bracket.reliability.upper)
    reply.unreliable = Ends(lower: below.unreliable, upper: above.unreliable)
    let warnings = [("lower", below.warning), ("upper", above.warning)].compactMap { end, words in
      words.map { "\(end) bound: \($0)" }
    }
    if !warnings.isEmpty { reply.warning = warnings.joined(separator: ". ") }
    (reply.lower, reply.upper) = (lower.mean, upper.mean)
    reply.standardError = Ends(lower: lower.standardError, upper: upper.standardError)
    reply.monteCarloError = Ends(lower: lower.monteCarloError, upper: upper.monteCarloError)
    reply.acceptance = bracket.acceptance
    (reply.count, reply.samples) = (params.count, params.samples)
    if params.perRow { reply.rows = Rows(lower: lower.perRow, upper: upper.perRow) }
    return reply
  }
}
