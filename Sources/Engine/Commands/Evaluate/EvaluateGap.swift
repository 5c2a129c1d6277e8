import Declarations
import JSON
import Variational

enum EvaluateGap: Command {
  static let method = "evaluate.gap"
  static let effect = Effect.evaluates
  static let faults: [Fault.Kind] = [.shape, .support, .notFinite]
  static let summary =
    "Measures how much the ELBO loses by q's family (approximation) and by the encoder (amortization), in nats."

  struct Params: Described {
    var base = EvaluateParams(samples: 1000)
    var steps = 500
    var rate = 0.02
    var estimator = EstimatorParams()

    static let fields: [Field<Params>] =
      Field.all(of: \.base) + [
        Field("steps", \.steps, "Steps of the fit of each row's q.", .from(1, to: 1_000_000)),
        Field("rate", \.rate, "Adam's rate in the first step; it falls to zero.", .above(0, to: 1)),
      ] + Field.all(of: \.estimator)
  }

  struct Reply: Answer {
    let approximation: Double
    let amortization: Double
    let logLikelihood: Double
    let bestElbo: Double
    let elbo: Double
    let standardError: Values
    let monteCarloError: Values
    let basis: EvaluationBasis
    let steps: Int
    let unimproved: Int
    let estimator: EstimatorParams.Estimator
    let unreliable: Double
    let warning: String?
    let notFinite: Int?
    let rows: Rows?

    static let members: [Member<Reply>] =
      Self.figures
      + EvaluationBasis.members(
        of: \.basis, samples: "Samples of z for each row and bound.",
        between: [
          Member("steps", \.steps, "Steps of the fit of each row's q."),
          Member(
            "unimproved", \.unimproved,
            "Number of rows whose fit ended below the encoder's bound, if only by noise; the encoder's bound replaces it. If there are many, take more steps or a lower rate."
          ),
          Member("estimator", \.estimator, "How log p(x) was estimated."),
        ]) + [
        Member("unreliable", \.unreliable, unreliableSummary),
        Member(
          "warning", \.warning,
          "Reason not to trust logLikelihood or its error, if there is one."),
        Member("notFinite", \.notFinite, Figures.summary),
        Member("rows", \.rows, "Values of each row, if perRow was true."),
      ]

    private static let figures: [Member<Reply>] = [
      Member("approximation", \.approximation, "logLikelihood - bestElbo."),
      Member("amortization", \.amortization, "bestElbo - elbo."),
      Member("logLikelihood", \.logLikelihood, "The estimate of log p(x)."),
      Member("bestElbo", \.bestElbo, "ELBO with the q fitted to each row."),
      Member("elbo", \.elbo, "ELBO with the encoder's q, on the same noise."),
      Member(
        "standardError", \.standardError,
        "Standard errors of the means, over the rows; absent for a single row."),
      Member(
        "monteCarloError", \.monteCarloError,
        "Monte Carlo errors of the means, from drawing z; absent for a single sample."),
    ]
  }

  /// A value for each figure of the reply.
  struct Values: Answer {
    let approximation: Double?
    let amortization: Double?
    let logLikelihood: Double?
    let bestElbo: Double?
    let elbo: Double?

    init(_ answer: InferenceGap.Answer, _ value: KeyPath<Evaluation.Estimate, Double?>) {
      approximation = answer.approximation[keyPath: value]
      amortization = answer.amortization[keyPath: value]
      logLikelihood = answer.logLikelihood[keyPath: value]
      bestElbo = answer.bestELBO[keyPath: value]
      elbo = answer.elbo[keyPath: value]
    }

    static let members: [Member<Values>] = [
      Member("approximation", \.approximation, "Error of approximation."),
      Member("amortization", \.amortization, "Error of amortization."),
      Member("logLikelihood", \.logLikelihood, "Error of logLikelihood."),
      Member("bestElbo", \.bestElbo, "Error of bestElbo."),
      Member("elbo", \.elbo, "Error of elbo."),
    ]
  }

  struct Rows: Answer {
    let approximation: [Double]
    let amortization: [Double]
    let logLikelihood: [Double]
    let bestElbo: [Double]
    let elbo: [Double]

    static let members: [Member<Rows>] = [
      Member("approximation", \.approximation, "approximation of each row."),
      Member("amortization", \.amortization, "amortization of each row."),
      Member("logLikelihood", \.logLikelihood, "logLikelihood of each row."),
      Member("bestElbo", \.bestElbo, "bestElbo of each row."),
      Member("elbo", \.elbo, "elbo of each row."),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let (model, found) = try params.base.resolve(in: session, call)
    let samples = params.base.samples
    // Chains cost more than draws; sixteen are enough if they mix.
    let annealed = try params.estimator.annealing(model, chains: 16, seed: params.base.seed)
    let gap = InferenceGap(
      model, samples: samples, steps: params.steps, rate: params.rate, seed: params.base.seed)
    let answer = try session.withTeam { (team) throws(Fault) in
      try gap.measure(
        of: found.examples, rows: found.rows, annealed: annealed, team: team,
        checkpoint: call.checkStop)
    }
    let figures = Figures(what: "the gap", rows: found.rows, isPerRow: params.base.perRow)
    let notFinite = try figures.notFinite(
      [
        answer.approximation, answer.amortization, answer.logLikelihood, answer.bestELBO,
        answer.elbo,
      ], place: found.place(in: model, samples: samples, seed: params.base.seed, call))
    return Reply(
      approximation: answer.approximation.mean, amortization: answer.amortization.mean,
      logLikelihood: answer.logLikelihood.mean, bestElbo: answer.bestELBO.mean,
      elbo: answer.elbo.mean, standardError: Values(answer, \.standardError),
      monteCarloError: Values(answer, \.monteCarloError),
      basis: EvaluationBasis(found, samples: samples), steps: params.steps,
      unimproved: answer.unimproved, estimator: params.estimator.estimator,
      unreliable: answer.reliability.unreliable, warning: answer.reliability.warning,
      notFinite: notFinite,
      rows: params.base.perRow
        ? Rows(
          approximation: answer.approximation.perRow, amortization: answer.amortization.perRow,
          logLikelihood: answer.logLikelihood.perRow, bestElbo: answer.bestELBO.perRow,
          elbo: answer.elbo.perRow) : nil)
  }
}
