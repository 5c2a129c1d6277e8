import Declarations
import JSON

enum EvaluateBracket: Command {
  static let method = "evaluate.bracket"
  static let effect = Effect.evaluates
  static let faults: [Fault.Kind] = [.shape, .support, .notFinite]
  static let summary =
    "Bounds log p(x) of data simulated from the model, by annealing from the prior and back from the exact posterior draw."

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
        Field("model", \.model, "The model.", required: true, faults: .lookup),
        Field(
          "count", \.count, "Number of examples to simulate.", required: true,
          .from(1, to: 1 << 20)),
        Field(
          "samples", \.samples, "Chains for each example and direction.", .from(1, to: 1_000_000)),
        Field("seed", \.seed, "Seed of the examples and the chains.", .seed),
        Field("perRow", \.perRow, "Whether each example's bounds are returned too."),
        Field(
          "label", \.label,
          "For a model with a condition: the label of all examples, or a list with one for each; the classes in turn if left out."
        ),
      ] + EstimatorParams.annealing.map { $0.lifted(to: \.annealing) }
  }

  struct Reply: Answer {
    let lower: Double
    let upper: Double
    let standardError: Ends
    let monteCarloError: Ends
    let acceptance: Double
    let unreliable: Ends
    let warning: String?
    let basis: EvaluationBasis
    let notFinite: Int?
    let rows: Rows?

    static let members: [Member<Reply>] =
      Self.figures
      + EvaluationBasis.members(
        of: \.basis, count: "Number of examples.",
        samples: "Chains for each example and direction.",
        binarization: "Origin of the examples.", isOfData: false) + [
        Member("notFinite", \.notFinite, Figures.summary),
        Member("rows", \.rows, "Bounds of each example, if perRow was true."),
      ]

    private static let figures: [Member<Reply>] = [
      Member("lower", \.lower, "Lower bound of the mean log p(x), in expectation."),
      Member("upper", \.upper, "Upper bound of the mean log p(x), in expectation."),
      Member(
        "standardError", \.standardError,
        "Standard errors of both bounds, over the examples; absent for a single example."),
      Member(
        "monteCarloError", \.monteCarloError,
        "Monte Carlo errors of both bounds, from the chains; absent for a single chain."),
      Member("acceptance", \.acceptance, "Mean probability of accepting a move."),
      Member(
        "unreliable", \.unreliable,
        "Share of the examples for which too few chains count, for each bound."),
      Member("warning", \.warning, warningSummary),
    ]
  }

  /// A value for each of the two bounds.
  struct Ends: Answer {
    let lower: Double?
    let upper: Double?

    static let members: [Member<Ends>] = [
      Member("lower", \.lower, "Value for the lower bound."),
      Member("upper", \.upper, "Value for the upper bound."),
    ]
  }

  struct Rows: Answer {
    let lower: [Double]
    let upper: [Double]

    static let members: [Member<Rows>] = [
      Member("lower", \.lower, "Lower bound of each example."),
      Member("upper", \.upper, "Upper bound of each example."),
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
    let (lower, upper) = (bracket.lower, bracket.upper)
    let figures = Figures(
      what: "a bound on log p(x)", rows: (0..<UInt32(params.count)).map { $0 },
      isPerRow: params.perRow, areExamples: true)
    let notFinite = try figures.notFinite([lower, upper]) {
      bracket.place($0, in: model, given: given)
    }
    let (below, above) = (bracket.reliability.lower, bracket.reliability.upper)
    let warnings = [("lower", below.warning), ("upper", above.warning)].compactMap { end, words in
      words.map { "\(end) bound: \($0)" }
    }
    return Reply(
      lower: lower.mean, upper: upper.mean,
      standardError: Ends(lower: lower.standardError, upper: upper.standardError),
      monteCarloError: Ends(lower: lower.monteCarloError, upper: upper.monteCarloError),
      acceptance: bracket.acceptance,
      unreliable: Ends(lower: below.unreliable, upper: above.unreliable),
      warning: warnings.isEmpty ? nil : warnings.joined(separator: ". "),
      basis: EvaluationBasis(
        count: params.count, samples: params.samples, binarization: "drawn from the model"),
      notFinite: notFinite,
      rows: params.perRow ? Rows(lower: lower.perRow, upper: upper.perRow) : nil)
  }
}
