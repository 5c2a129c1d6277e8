import Declarations
import Glibc
import JSON
import Variational

enum EvaluateLikelihood: Command {
  static let method = "evaluate.likelihood"
  static let faults: [Fault.Kind] = [.shape, .support, .notFinite]
  static let summary =
    "An estimate of log p(x), in nats, mean over the rows: by importance weights or by annealing; a lower bound in expectation."

  struct Params: Described {
    var base = EvaluateParams()
    var samples: Int?
    var estimator = EstimatorParams()

    static let fields: [Field<Params>] =
      Field.all(of: \.base).map { $0.name == "samples" ? samples : $0 }
      + Field.all(of: \.estimator)

    private static let samples = Field<Params>(
      "samples", \.samples,
      "Samples of z for each row, 100 if left out; with annealing its chains, 16 if left out.",
      .from(1, to: 1_000_000))
  }

  /// What the tail of the weights says of the estimate.
  struct Tail: Described {
    var mean = 0.0
    var largest = 0.0
    var unreliable = 0.0

    static let fields: [Field<Tail>] = [
      Field("mean", \.mean, "Mean over the rows."),
      Field("largest", \.largest, "The largest of any row."),
      Field(
        "unreliable", \.unreliable,
        "Share of the rows above 0.7, whose estimates are not to be trusted."),
    ]
  }

  struct Reply: Described {
    var logLikelihood = 0.0
    var standardError: Double?
    var monteCarloError: Double?
    var bitsPerDimension = 0.0
    var effectiveSampleSize = 0.0
    var tailIndex: Tail?
    var acceptance: Double?
    var unreliable = 0.0
    var warning: String?
    var unit = "nats"
    var count = 0
    var samples = 0
    var estimator = EstimatorParams.Estimator.importance
    var binarization = ""
    var notFinite: Int?
    var rows: Rows?

    static let fields: [Field<Reply>] = [
      Field("logLikelihood", \.logLikelihood, "log p(x), in nats."),
      Field("standardError", \.standardError, "Of the mean, over the rows; none for a single row."),
      Field(
        "monteCarloError", \.monteCarloError,
        "Of the mean, from drawing z, with what the estimate is too low by; none for a single sample."
      ),
      Field("bitsPerDimension", \.bitsPerDimension, "-log p(x) / (dimensions log 2)."),
      Field(
        "effectiveSampleSize", \.effectiveSampleSize,
        "(sum w)^2 / sum w^2, mean over the rows: how many of the samples count."),
      Field(
        "tailIndex", \.tailIndex,
        "k-hat, the Pareto shape of the largest importance weights; none below 21 samples or when annealed."
      ),
      Field("acceptance", \.acceptance, "When annealed: mean probability of accepting a move."),
      Field("unreliable", \.unreliable, unreliableSummary),
      Field("warning", \.warning, warningSummary),
      Field("unit", \.unit, "Of logLikelihood and its errors: always nats."),
      Field("count", \.count, "Number of rows."),
      Field("samples", \.samples, "Samples of z, or annealed chains, for each row."),
      Field("estimator", \.estimator, "How log p(x) was estimated."),
      Field("binarization", \.binarization, "How the rows were binarised."),
      Field("notFinite", \.notFinite, Figures.summary),
      Field("rows", \.rows, "Each row's values, where they were asked for."),
    ]
  }

  struct Rows: Described {
    var logLikelihood: [Double] = []
    var effectiveSampleSize: [Double] = []
    var tailIndex: [Double]?
    static let fields: [Field<Rows>] = [
      Field("logLikelihood", \.logLikelihood, "log p(x) of each row."),
      Field("effectiveSampleSize", \.effectiveSampleSize, "Of each row."),
      Field("tailIndex", \.tailIndex, "Of each row."),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let (model, found) = try params.base.resolve(in: session, call)
    let isAnnealed = params.estimator.estimator == .annealed
    let samples = params.samples ?? (isAnnealed ? 16 : 100)
    let annealing = try params.estimator.annealing(model, chains: samples, seed: params.base.seed)
    var reply = Reply()
    reply.estimator = params.estimator.estimator
    reply.samples = samples
    reply.binarization = found.binarization.phrase
    let (examples, rows) = (found.examples, found.rows)
    let estimate = try session.withTeam { (team) throws(Fault) in
      if let annealing {
        let answer = try annealing.logLikelihood(
          of: examples, rows: rows, team: team, checkpoint: call.checkStop)
        reply.acceptance = answer.acceptance
        reply.take(answer.effectiveSampleSize, nil, answer.reliability)
        return answer.logLikelihood
      }
      let answer = try Evaluation(model, samples: samples, seed: params.base.seed).logLikelihood(
        of: examples, rows: rows, team: team, checkpoint: call.checkStop)
      reply.take(answer.effectiveSampleSize, answer.tailIndex, answer.reliability)
      return answer.logLikelihood
    }
    let figures = Figures(
      what: "the estimate of log p(x)", rows: rows, isPerRow: params.base.perRow)
    reply.notFinite = try figures.notFinite([estimate]) { (row) throws(Fault) in
      try found.place(row, in: model, samples: samples, seed: params.base.seed, call)
    }
    reply.take(estimate, found, params.base.perRow)
    return reply
  }
}

extension EvaluateLikelihood.Reply {
  fileprivate mutating func take(
    _ sizes: [Double], _ tails: [Double]?, _ reliability: Reliability
  ) {
    (unreliable, warning) = (reliability.unreliable, reliability.warning)
    effectiveSampleSize = sizes.reduce(0, +) / Double(sizes.count)
    rows = EvaluateLikelihood.Rows(effectiveSampleSize: sizes, tailIndex: tails)
    guard let tails else { return }
    let heavy = tails.count { !($0 <= TailIndex.limit) }
    tailIndex = EvaluateLikelihood.Tail(
      mean: tails.reduce(0, +) / Double(tails.count), largest: tails.max() ?? 0,
      unreliable: Double(heavy) / Double(tails.count))
  }

  fileprivate mutating func take(
    _ estimate: Evaluation.Estimate, _ found: RowSelection.Found, _ perRow: Bool
  ) {
    count = found.rows.count
    logLikelihood = estimate.mean
    standardError = estimate.standardError
    monteCarloError = estimate.monteCarloError
    bitsPerDimension = -estimate.mean / (Double(found.shape.count) * log(2))
    rows?.logLikelihood = estimate.perRow
    if !perRow { rows = nil }
  }
}
