import Declarations
import JSON
import Variational

enum EvaluateELBO: Command {
  static let method = "evaluate.elbo"
  static let effect = Effect.evaluates
  static let faults: [Fault.Kind] = [.shape, .support, .notFinite]
  static let summary =
    "Estimates the evidence lower bound and its two terms, in nats, as means over the rows."

  struct Reply: Answer {
    let elbo: Double
    let reconstruction: Double
    let divergence: Double
    let standardError: BoundValues
    let monteCarloError: BoundValues
    let basis: EvaluationBasis
    let notFinite: Int?
    let rows: Rows?

    static let members: [Member<Reply>] =
      Self.figures + EvaluationBasis.members(of: \.basis) + [
        Member("notFinite", \.notFinite, Figures.summary),
        Member("rows", \.rows, "Values of each row, if perRow was true."),
      ]

    private static let figures: [Member<Reply>] = [
      Member("elbo", \.elbo, "reconstruction - divergence, in nats."),
      Member("reconstruction", \.reconstruction, "E_q log p(x|z)."),
      Member("divergence", \.divergence, "KL(q(z|x) || p(z))."),
      Member(
        "standardError", \.standardError,
        "Standard errors of the means, over the rows; absent for a single row."),
      Member(
        "monteCarloError", \.monteCarloError,
        "Monte Carlo errors of the means, from drawing z; absent for a single sample."),
    ]
  }

  struct Rows: Answer {
    let elbo: [Double]
    let reconstruction: [Double]
    let divergence: [Double]
    static let members: [Member<Rows>] = [
      Member("elbo", \.elbo, "ELBO of each row."),
      Member("reconstruction", \.reconstruction, "E_q log p(x|z) of each row."),
      Member("divergence", \.divergence, "KL(q(z|x) || p(z)) of each row."),
    ]
  }

  static func run(_ params: EvaluateParams, in session: Session, _ call: Call) throws(Fault)
    -> Reply
  {
    let (model, found) = try params.resolve(in: session, call)
    let samples = params.samples
    let bound = try session.withTeam { (team) throws(Fault) in
      try Evaluation(model, samples: samples, seed: params.seed).bound(
        of: found.examples, rows: found.rows, team: team, checkpoint: call.checkStop)
    }
    let figures = Figures(what: "the ELBO", rows: found.rows, isPerRow: params.perRow)
    let notFinite = try figures.notFinite(
      [bound.elbo, bound.reconstruction, bound.divergence],
      place: found.place(in: model, samples: samples, seed: params.seed, call))
    return Reply(
      elbo: bound.elbo.mean, reconstruction: bound.reconstruction.mean,
      divergence: bound.divergence.mean,
      standardError: BoundValues(
        elbo: bound.elbo.standardError, reconstruction: bound.reconstruction.standardError,
        divergence: bound.divergence.standardError),
      monteCarloError: BoundValues(
        elbo: bound.elbo.monteCarloError, reconstruction: bound.reconstruction.monteCarloError,
        divergence: bound.divergence.monteCarloError),
      basis: EvaluationBasis(found, samples: samples), notFinite: notFinite,
      rows: params.perRow
        ? Rows(
          elbo: bound.elbo.perRow, reconstruction: bound.reconstruction.perRow,
          divergence: bound.divergence.perRow) : nil)
  }
}
