import Declarations
import Glibc
import JSON
import Variational

enum EvaluateLikelihood: Command {
  static let method = "evaluate.likelihood"
  static let effect = Effect.evaluates
  static let faults: [Fault.Kind] = [.shape, .support, .notFinite]
  static let summary =
    "Estimates log p(x) by importance weights or by annealing, in nats, as a mean over the rows; a lower bound in expectation."

  struct Params: Described {
    var base = EvaluateParams()
    var samples: Int?
    var estimator = EstimatorParams()

    static let fields: [Field<Params>] =
      Field.all(of: \.base).map { $0.name == "samples" ? samples : $0 }
      + Field.all(of: \.estimator)

    private static let samples = Field<Params>(
      "samples", \.samples,
      "Samples of z for each row, 100 if left out; with annealing, chains for each row, 16 if left out.",
      .from(1, to: 1_000_000))
  }

  /// Figures about the tail of the weights.
  struct Tail: Answer {
    let mean: Double
    let largest: Double
    let unreliable: Double

    static let members: [Member<Tail>] = [
      Member("mean", \.mean, "Mean k-hat over the rows."),
      Member("largest", \.largest, "Largest k-hat of any row."),
      Member(
        "unreliable", \.unreliable,
        "Share of the rows with k-hat above 0.7, whose estimates cannot be trusted."),
    ]
  }

  struct Reply: Answer {
    let logLikelihood: Double
    let standardError: Double?
    let monteCarloError: Double?
    let bitsPerDimension: Double
    let effectiveSampleSize: Double
    let tailIndex: Tail?
    let acceptance: Double?
    let unreliable: Double
    let warning: String?
    let basis: EvaluationBasis
    let estimator: EstimatorParams.Estimator
    let notFinite: Int?
    let rows: Rows?

    static let members: [Member<Reply>] =
      Self.figures
      + EvaluationBasis.members(
        of: \.basis, unit: "Unit of logLikelihood and its errors: always nats.",
        samples: "Samples of z, or annealed chains, for each row.",
        between: [Member("estimator", \.estimator, "How log p(x) was estimated.")]) + [
        Member("notFinite", \.notFinite, Figures.summary),
        Member("rows", \.rows, "Values of each row, if perRow was true."),
      ]

    private static let figures: [Member<Reply>] = [
      Member("logLikelihood", \.logLikelihood, "log p(x), in nats."),
      Member(
        "standardError", \.standardError,
        "Standard error of the mean, over the rows; absent for a single row."),
      Member(
        "monteCarloError", \.monteCarloError,
        "Monte Carlo error of the mean, from drawing z, including how much too low the estimate is; absent for a single sample."
      ),
      Member("bitsPerDimension", \.bitsPerDimension, "-log p(x) / (dimensions log 2)."),
      Member(
        "effectiveSampleSize", \.effectiveSampleSize,
        "(sum w)^2 / sum w^2, mean over the rows: how many of the samples count."),
      Member(
        "tailIndex", \.tailIndex,
        "k-hat, the Pareto shape of the largest importance weights; absent below 21 samples and with annealing."
      ),
      Member("acceptance", \.acceptance, "With annealing: mean probability of accepting a move."),
      Member("unreliable", \.unreliable, unreliableSummary),
      Member("warning", \.warning, warningSummary),
    ]
  }

  struct Rows: Answer {
    let logLikelihood: [Double]
    let effectiveSampleSize: [Double]
    let tailIndex: [Double]?
    static let members: [Member<Rows>] = [
      Member("logLikelihood", \.logLikelihood, "log p(x) of each row."),
      Member("effectiveSampleSize", \.effectiveSampleSize, "Effective sample size of each row."),
      Member("tailIndex", \.tailIndex, "k-hat of each row."),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let (model, found) = try params.base.resolve(in: session, call)
    let isAnnealed = params.estimator.estimator == .annealed
    let samples = params.samples ?? (isAnnealed ? 16 : 100)
    let annealing = try params.estimator.annealing(model, chains: samples, seed: params.base.seed)
    let (examples, rows) = (found.examples, found.rows)
    let estimate = try session.withTeam { (team) throws(Fault) in
      if let annealing {
        return LikelihoodEstimate(
          try annealing.logLikelihood(
            of: examples, rows: rows, team: team, checkpoint: call.checkStop))
      }
      return LikelihoodEstimate(
        try Evaluation(model, samples: samples, seed: params.base.seed).logLikelihood(
          of: examples, rows: rows, team: team, checkpoint: call.checkStop))
    }
    let figures = Figures(
      what: "the estimate of log p(x)", rows: rows, isPerRow: params.base.perRow)
    let notFinite = try figures.notFinite(
      [estimate.logLikelihood],
      place: found.place(in: model, samples: samples, seed: params.base.seed, call))
    let (value, sizes) = (estimate.logLikelihood, estimate.effectiveSampleSize)
    return Reply(
      logLikelihood: value.mean, standardError: value.standardError,
      monteCarloError: value.monteCarloError,
      bitsPerDimension: -value.mean / (Double(found.shape.count) * log(2)),
      effectiveSampleSize: sizes.reduce(0, +) / Double(sizes.count),
      tailIndex: estimate.tailIndex.map { Tail($0) }, acceptance: estimate.acceptance,
      unreliable: estimate.reliability.unreliable, warning: estimate.reliability.warning,
      basis: EvaluationBasis(found, samples: samples), estimator: params.estimator.estimator,
      notFinite: notFinite,
      rows: params.base.perRow
        ? Rows(
          logLikelihood: value.perRow, effectiveSampleSize: sizes, tailIndex: estimate.tailIndex)
        : nil)
  }
}

/// The results that both estimators have.
private struct LikelihoodEstimate {
  let logLikelihood: Evaluation.Estimate
  let effectiveSampleSize: [Double]
  let tailIndex: [Double]?
  let acceptance: Double?
  let reliability: Reliability

  init(_ answer: AnnealedImportance.Answer) {
    (logLikelihood, effectiveSampleSize) = (answer.logLikelihood, answer.effectiveSampleSize)
    (tailIndex, acceptance, reliability) = (nil, answer.acceptance, answer.reliability)
  }

  init(_ answer: Evaluation.Importance) {
    (logLikelihood, effectiveSampleSize) = (answer.logLikelihood, answer.effectiveSampleSize)
    (tailIndex, acceptance, reliability) = (answer.tailIndex, nil, answer.reliability)
  }
}

extension EvaluateLikelihood.Tail {
  fileprivate init(_ tails: [Double]) {
    let heavy = tails.count { !($0 <= TailIndex.limit) }
    self.init(
      mean: tails.reduce(0, +) / Double(tails.count), largest: tails.max() ?? 0,
      unreliable: Double(heavy) / Double(tails.count))
  }
}
