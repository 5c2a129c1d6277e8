import Declarations
import JSON
import Variational

enum EvaluateLatent: Command {
  static let method = "evaluate.latent"
  static let effect = Effect.evaluates
  static let faults: [Fault.Kind] = [.shape, .support, .wrongState, .notFinite]
  static let summary =
    "Measures what each latent carries, and compares the aggregate posterior of the rows with the prior, in nats."

  struct Params: Described {
    var base = EvaluateParams(samples: 2)
    var threshold = 0.01

    static let fields: [Field<Params>] =
      Field.all(of: \.base) + [
        Field("threshold", \.threshold, "Activity above which a latent is active.", .from(0))
      ]
  }

  struct Reply: Answer {
    let divergence: [Double]
    let activity: [Double]
    let activeUnits: Int
    let threshold: Double
    let totalDivergence: Double
    let mutualInformation: Double
    let aggregateDivergence: Double
    let standardError: StandardErrors
    let monteCarloError: MonteCarloErrors
    let basis: EvaluationBasis
    let notFinite: Int?
    let rows: Rows?

    static let members: [Member<Reply>] =
      Self.figures
      + EvaluationBasis.members(
        of: \.basis, unit: "Unit of all values but activity, which is in squares of z: always nats."
      ) + [
        Member("notFinite", \.notFinite, Figures.summary),
        Member("rows", \.rows, "Values of each row, if perRow was true."),
      ]

    private static let figures: [Member<Reply>] = [
      Member("divergence", \.divergence, "KL(q(z|x) || p(z)) of each latent, mean over the rows."),
      Member("activity", \.activity, "Variance over the rows of each latent's posterior mean."),
      Member("activeUnits", \.activeUnits, "Number of latents whose activity is above threshold."),
      Member("threshold", \.threshold, "Activity above which a latent is active."),
      Member("totalDivergence", \.totalDivergence, "KL(q(z|x) || p(z)) of all latents."),
      Member(
        "mutualInformation", \.mutualInformation,
        "E log q(z|x) - log q(z), where q(z) is the mean of q(z|x) over the rows."),
      Member(
        "aggregateDivergence", \.aggregateDivergence,
        "KL(q(z) || p(z)) = totalDivergence - mutualInformation."),
      Member("standardError", \.standardError, "Standard errors of the means, over the rows."),
      Member(
        "monteCarloError", \.monteCarloError,
        "Monte Carlo errors of the means, from drawing z; absent for a single sample. The divergences are analytic."
      ),
    ]
  }

  struct StandardErrors: Answer {
    let divergence: [Double]
    let totalDivergence: Double?
    let mutualInformation: Double?
    let aggregateDivergence: Double?

    static let members: [Member<StandardErrors>] = [
      Member("divergence", \.divergence, "Errors of the latents' divergences."),
      Member("totalDivergence", \.totalDivergence, "Error of totalDivergence."),
      Member(
        "mutualInformation", \.mutualInformation,
        "Error of mutualInformation, with q(z) taken as known."),
      Member(
        "aggregateDivergence", \.aggregateDivergence,
        "Error of aggregateDivergence, with q(z) taken as known."),
    ]
  }

  struct MonteCarloErrors: Answer {
    let mutualInformation: Double?
    let aggregateDivergence: Double?

    static let members: [Member<MonteCarloErrors>] = [
      Member("mutualInformation", \.mutualInformation, "Error of mutualInformation."),
      Member("aggregateDivergence", \.aggregateDivergence, "Error of aggregateDivergence."),
    ]
  }

  struct Rows: Answer {
    let totalDivergence: [Double]
    let mutualInformation: [Double]

    static let members: [Member<Rows>] = [
      Member("totalDivergence", \.totalDivergence, "KL(q(z|x) || p(z)) of each row."),
      Member("mutualInformation", \.mutualInformation, "log q(z|x) - log q(z) of each row."),
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
    let (total, mutual) = (statistics.totalDivergence, statistics.mutualInformation)
    let aggregate = statistics.aggregateDivergence
    // A row without a divergence is missing from q(z) too, so the first such row gives the place.
    let figures = Figures(
      what: "a divergence", rows: found.rows, isPerRow: params.base.perRow)
    let hasTotals = !total.notFinite.isEmpty
    let notFinite = try figures.notFinite(
      hasTotals ? [total] : [mutual, aggregate],
      place: found.place(in: model, samples: samples, seed: params.base.seed, call))
    return Reply(
      divergence: statistics.divergence, activity: statistics.activity,
      activeUnits: statistics.activity.filter { $0 > params.threshold }.count,
      threshold: params.threshold, totalDivergence: total.mean, mutualInformation: mutual.mean,
      aggregateDivergence: aggregate.mean,
      standardError: StandardErrors(
        divergence: statistics.divergenceError, totalDivergence: total.standardError,
        mutualInformation: mutual.standardError, aggregateDivergence: aggregate.standardError),
      monteCarloError: MonteCarloErrors(
        mutualInformation: mutual.monteCarloError,
        aggregateDivergence: aggregate.monteCarloError),
      basis: EvaluationBasis(found, samples: samples), notFinite: notFinite,
      rows: params.base.perRow
        ? Rows(totalDivergence: total.perRow, mutualInformation: mutual.perRow) : nil)
  }
}
