import Declarations
import JSON
import Variational

enum EvaluateGap: Command {
  static let method = "evaluate.gap"
  static let faults: [Fault.Kind] = [.shape, .support, .notFinite]
  static let summary =
    "How much the ELBO loses by q's family (approximation) and by the encoder (amortization), in nats."

  struct Params: Described {
    var base = EvaluateParams(samples: 1000)
    var steps = 500
    var rate = 0.02
    var estimator = EstimatorParams()

    static let fields: [Field<Params>] =
      Field.all(of: \.base) + [
        Field("steps", \.steps, "Steps by which each row's q is fitted.", .from(1, to: 1_000_000)),
        Field("rate", \.rate, "Adam's rate in the first step; it falls to zero.", .above(0, to: 1)),
      ] + Field.all(of: \.estimator)
  }

  struct Reply: Described {
    var approximation = 0.0
    var amortization = 0.0
    var logLikelihood = 0.0
    var bestElbo = 0.0
    var elbo = 0.0
    var standardError = Values()
    var monteCarloError = Values()
    var unit = "nats"
    var count = 0
    var samples = 0
    var steps = 0
    var unimproved = 0
    var estimator = EstimatorParams.Estimator.importance
    var binarization = ""
    var unreliable = 0.0
    var warning: String?
    var notFinite: Int?
    var rows: Rows?

    static let fields: [Field<Reply>] = [
      Field("approximation", \.approximation, "logLikelihood - bestElbo."),
      Field("amortization", \.amortization, "bestElbo - elbo."),
      Field("logLikelihood", \.logLikelihood, "The estimate of log p(x)."),
      Field("bestElbo", \.bestElbo, "ELBO with the q that was fitted to each row."),
      Field("elbo", \.elbo, "ELBO with the encoder's q, on the same noise."),
      Field(
        "standardError", \.standardError, "Of the means, over the rows; none for a single row."),
      Field(
        "monteCarloError", \.monteCarloError,
        "Of the means, from drawing z; none for a single sample."),
      Field("unit", \.unit, "Always nats."),
      Field("count", \.count, "Number of rows."),
      Field("samples", \.samples, "Samples of z for each row and bound."),
      Field("steps", \.steps, "Steps by which each row's q was fitted."),
      Field(
        "unimproved", \.unimproved,
        "Rows whose fit ended below the encoder's bound, by noise too, which stands for it: where there are many, take more steps or a lower rate."
      ),
      Field("estimator", \.estimator, "How log p(x) was estimated."),
      Field("binarization", \.binarization, "How the rows were binarised."),
      Field("unreliable", \.unreliable, unreliableSummary),
      Field(
        "warning", \.warning,
        "Why logLikelihood, or its error, is not to be trusted, where it is not."),
      Field("notFinite", \.notFinite, Figures.summary),
      Field("rows", \.rows, "Each row's values, where they were asked for."),
    ]
  }

  /// Something of each number.
  struct Values: Described {
    var approximation: Double?
    var amortization: Double?
    var logLikelihood: Double?
    var bestElbo: Double?
    var elbo: Double?

    init() {}

    init(_ answer: InferenceGap.Answer, _ value: KeyPath<Evaluation.Estimate, Double?>) {
      approximation = answer.approximation[keyPath: value]
      amortization = answer.amortization[keyPath: value]
      logLikelihood = answer.logLikelihood[keyPath: value]
      bestElbo = answer.bestELBO[keyPath: value]
      elbo = answer.elbo[keyPath: value]
    }

    static let fields: [Field<Values>] = [
      Field("approximation", \.approximation, "Of approximation."),
      Field("amortization", \.amortization, "Of amortization."),
      Field("logLikelihood", \.logLikelihood, "Of logLikelihood."),
      Field("bestElbo", \.bestElbo, "Of bestElbo."),
      Field("elbo", \.elbo, "Of elbo."),
    ]
  }

  struct Rows: Described {
    var approximation: [Double] = []
    var amortization: [Double] = []
    var logLikelihood: [Double] = []
    var bestElbo: [Double] = []
    var elbo: [Double] = []

    static let fields: [Field<Rows>] = [
      Field("approximation", \.approximation, "Of each row."),
      Field("amortization", \.amortization, "Of each row."),
      Field("logLikelihood", \.logLikelihood, "Of each row."),
      Field("bestElbo", \.bestElbo, "Of each row."),
      Field("elbo", \.elbo, "Of each row."),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let (model, found) = try params.base.resolve(in: session, call)
    let samples = params.base.samples
    // Chains are costlier than draws; sixteen are enough where they mix.
    let annealed = try params.estimator.annealing(model, chains: 16, seed: params.base.seed)
    let gap = InferenceGap(
      model, samples: samples, steps: params.steps, rate: params.rate, seed: params.base.seed)
    let answer = try session.withTeam { (team) throws(Fault) in
      try gap.measure(
        of: found.examples, rows: found.rows, annealed: annealed, team: team,
        checkpoint: call.checkStop)
    }
    var reply = Reply()
    let figures = Figures(what: "the gap", rows: found.rows, isPerRow: params.base.perRow)
    reply.notFinite = try figures.notFinite([
      answer.approximation, answer.amortization, answer.logLikelihood, answer.bestELBO, answer.elbo,
    ]) { (row) throws(Fault) in
      try found.place(row, in: model, samples: samples, seed: params.base.seed, call)
    }
    (reply.unreliable, reply.warning) = (
      answer.reliability.unreliable, answer.reliability.warning
    )
    reply.approximation = answer.approximation.mean
    reply.amortization = answer.amortization.mean
    reply.logLikelihood = answer.logLikelihood.mean
    reply.bestElbo = answer.bestELBO.mean
    reply.elbo = answer.elbo.mean
    reply.standardError = Values(answer, \.standardError)
    reply.monteCarloError = Values(answer, \.monteCarloError)
    (reply.count, reply.samples, reply.steps) = (found.rows.count, samples, params.steps)
    reply.unimproved = answer.unimproved
    reply.estimator = params.estimator.estimator
    reply.binarization = found.binarization.phrase
    if params.base.perRow {
      reply.rows = Rows(
        approximation: answer.approximation.perRow, amortization: answer.amortization.perRow,
        logLikelihood: answer.logLikelihood.perRow, bestElbo: answer.bestELBO.perRow,
        elbo: answer.elbo.perRow)
    }
    return reply
  }
}
