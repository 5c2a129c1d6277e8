import Declarations
import JSON
import Variational

enum EvaluateELBO: Command {
  static let method = "evaluate.elbo"
  static let faults: [Fault.Kind] = [.shape, .support, .notFinite]
  static let summary = "The evidence lower bound and its two terms, in nats, means over the rows."

  struct Reply: Described {
    var elbo = 0.0
    var reconstruction = 0.0
    var divergence = 0.0
    var standardError = BoundValues()
    var monteCarloError = BoundValues()
    var unit = "nats"
    var count = 0
    var samples = 0
    var binarization = ""
    var notFinite: Int?
    var rows: Rows?

    static let fields: [Field<Reply>] = [
      Field("elbo", \.elbo, "reconstruction - divergence, in nats."),
      Field("reconstruction", \.reconstruction, "E_q log p(x|z)."),
      Field("divergence", \.divergence, "KL(q(z|x) || p(z))."),
      Field(
        "standardError", \.standardError, "Of the means, over the rows; none for a single row."),
      Field(
        "monteCarloError", \.monteCarloError,
        "Of the means, from drawing z; none for a single sample."),
      Field("unit", \.unit, "Always nats."),
      Field("count", \.count, "Number of rows."),
      Field("samples", \.samples, "Samples of z for each row."),
      Field("binarization", \.binarization, "How the rows were binarised."),
      Field("notFinite", \.notFinite, Figures.summary),
      Field("rows", \.rows, "Each row's values, where they were asked for."),
    ]
  }

  struct Rows: Described {
    var elbo: [Double] = []
    var reconstruction: [Double] = []
    var divergence: [Double] = []
    static let fields: [Field<Rows>] = [
      Field("elbo", \.elbo, "ELBO of each row."),
      Field("reconstruction", \.reconstruction, "E_q log p(x|z) of each row."),
      Field("divergence", \.divergence, "KL(q(z|x) || p(z)) of each row."),
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
    var reply = Reply()
    let figures = Figures(what: "the ELBO", rows: found.rows, isPerRow: params.perRow)
    reply.notFinite = try figures.notFinite([bound.elbo, bound.reconstruction, bound.divergence]) {
      (row) throws(Fault) in
      try found.place(row, in: model, samples: samples, seed: params.seed, call)
    }
    reply.elbo = bound.elbo.mean
    reply.reconstruction = bound.reconstruction.mean
    reply.divergence = bound.divergence.mean
    reply.standardError = BoundValues(
      elbo: bound.elbo.standardError, reconstruction: bound.reconstruction.standardError,
      divergence: bound.divergence.standardError)
    reply.monteCarloError = BoundValues(
      elbo: bound.elbo.monteCarloError, reconstruction: bound.reconstruction.monteCarloError,
      divergence: bound.divergence.monteCarloError)
    reply.count = found.rows.count
    reply.samples = samples
    reply.binarization = found.binarization.phrase
    if params.perRow {
      reply.rows = Rows(
        elbo: bound.elbo.perRow, reconstruction: bound.reconstruction.perRow,
        divergence: bound.divergence.perRow)
    }
    return reply
  }
}
