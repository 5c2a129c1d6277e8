import Declarations
import JSON
import Variational

enum EvaluateLatent: Command {
  static let method = "evaluate.latent"
  static let faults: [Fault.Kind] = [.shape, .support, .wrongState, .notFinite]
  static let summary =
    "What each latent carries, and the posteriors of all rows together against the prior, in nats."

  struct Params: Described {
    var base = EvaluateParams(samples: 2)
    var threshold = 0.01

    static let fields: [Field<Params>] =
      Field.all(of: \.base) + [
        Field("threshold", \.threshold, "The activity above which a latent is active.", .from(0))
      ]
  }

  struct Reply: Described {
    var divergence: [Double] = []
    var activity: [Double] = []
    var activeUnits = 0
    var threshold = 0.0
    var totalDivergence = 0.0
    var mutualInformation = 0.0
    var aggregateDivergence = 0.0
    var standardError = StandardErrors()
    var monteCarloError = MonteCarloErrors()
    var unit = "nats"
    var count = 0
    var samples = 0
    var binarization = ""
    var notFinite: Int?
    var rows: Rows?

    static let fields: [Field<Reply>] = [
      Field("divergence", \.divergence, "KL(q(z|x) || p(z)) of each latent, mean over the rows."),
      Field("activity", \.activity, "Variance over the rows of each latent's posterior mean."),
      Field("activeUnits", \.activeUnits, "Number of latents whose activity is above threshold."),
      Field("threshold", \.threshold, "The activity above which a latent is active."),
      Field("totalDivergence", \.totalDivergence, "KL(q(z|x) || p(z)) of all latents."),
      Field(
        "mutualInformation", \.mutualInformation,
        "E log q(z|x) - log q(z), q(z) being the mean of q(z|x) over the rows."),
      Field(
        "aggregateDivergence", \.aggregateDivergence,
        "KL(q(z) || p(z)) = totalDivergence - mutualInformation."),
      Field("standardError", \.standardError, "Of the means, over the rows."),
      Field(
        "monteCarloError", \.monteCarloError,
        "Of the means, from drawing z; none for a single sample. The divergences are analytic."),
      Field("unit", \.unit, "Of all but activity, which is in squares of z: always nats."),
      Field("count", \.count, "Number of rows."),
      Field("samples", \.samples, "Samples of z for each row."),
      Field("binarization", \.binarization, "How the rows were binarised."),
      Field("notFinite", \.notFinite, Figures.summary),
      Field("rows", \.rows, "Each row's values, where they were asked for."),
    ]
  }

  struct StandardErrors: Described {
    var divergence: [Double] = []
    var totalDivergence: Double?
    var mutualInformation: Double?
    var aggregateDivergence: Double?

    static let fields: [Field<StandardErrors>] = [
      Field("divergence", \.divergence, "Of each latent's."),
      Field("totalDivergence", \.totalDivergence, "Of totalDivergence."),
      Field("mutualInformation", \.mutualInformation, "Of mutualInformation, q(z) taken as known."),
      Field("aggregateDivergence", \.aggregateDivergence, "Of aggregateDivergence, likewise."),
    ]
  }

  struct MonteCarloErrors: Described {
    var mutualInformation: Double?
    var aggregateDivergence: Double?

    static let fields: [Field<MonteCarloErrors>] = [
      Field("mutualInformation", \.mutualInformation, "Of mutualInformation."),
      Field("aggregateDivergence", \.aggregateDivergence, "Of aggregateDivergence."),
    ]
  }

  struct Rows: Described {
    var totalDivergence: [Double] = []
    var mutualInformation: [Double] = []

    static let fields: [Field<Rows>] = [
      Field("totalDivergence", \.totalDivergence, "KL(q(z|x) || p(z)) of each row."),
      Field("mutualInformation", \.mutualInformation, "log q(z|x) - log q(z) of each row."),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let (model, found) = try params.base.resolve(in: session, call)
    let samples = params.base.samples
    let statistics = try session.withTeam { (team) throws(Fault) in
      try LatentStatistics(
        model, of: found.examples, rows: found.rows, samples: samples, seed: params.base.seed,
        team: team, checkpoint: call.checkStop)
    }
    var reply = Reply()
    let (total, mutual) = (statistics.totalDivergence, statistics.mutualInformation)
    let aggregate = statistics.aggregateDivergence
    // A row without a divergence has no part in q(z) either: its place is that of the first such.
    let figures = Figures(
      what: "a divergence", rows: found.rows, isPerRow: params.base.perRow)
    let hasTotals = !total.notFinite.isEmpty
    reply.notFinite = try figures.notFinite(hasTotals ? [total] : [mutual, aggregate]) {
      (row) throws(Fault) in
      try found.place(row, in: model, samples: samples, seed: params.base.seed, call)
    }
    reply.divergence = statistics.divergence
    reply.activity = statistics.activity
    reply.activeUnits = statistics.activity.filter { $0 > params.threshold }.count
    reply.threshold = params.threshold
    reply.totalDivergence = total.mean
    reply.mutualInformation = mutual.mean
    reply.aggregateDivergence = aggregate.mean
    reply.standardError = StandardErrors(
      divergence: statistics.divergenceError, totalDivergence: total.standardError,
      mutualInformation: mutual.standardError, aggregateDivergence: aggregate.standardError)
    reply.monteCarloError = MonteCarloErrors(
      mutualInformation: mutual.monteCarloError, aggregateDivergence: aggregate.monteCarloError)
    (reply.count, reply.samples) = (found.rows.count, samples)
    reply.binarization = found.binarization.phrase
    if params.base.perRow {
      reply.rows = Rows(totalDivergence: total.perRow, mutualInformation: mutual.perRow)
    }
    return reply
  }
}
