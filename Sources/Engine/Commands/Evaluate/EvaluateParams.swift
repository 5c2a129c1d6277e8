import Declarations
import Files
import JSON
import Tensors
import Variational

/// The model, the rows and the number of samples of an evaluation.
struct EvaluateParams: Described {
  var model = ""
  var rows = RowSelection()
  var samples = 1
  var seed = 0
  var perRow = false

  static let fields: [Field<EvaluateParams>] =
    [Field("model", \.model, "The model.", required: true, faults: .lookup)] + Field.all(of: \.rows)
    + [
      Field("samples", \.samples, "Samples of z for each row.", .from(1, to: 1_000_000)),
      Field("seed", \.seed, "Seed of the draws of z.", .seed),
      Field("perRow", \.perRow, "Whether each row's value is returned too."),
    ]

  /// Finds the model and the rows, and checks them against each other.
  func resolve(
    in session: Session, _ call: Call
  ) throws(Fault) -> (model: Model, found: RowSelection.Found) {
    let model = try session.models.find(self.model, at: "model")
    let found = try rows.resolve(in: session, for: model)
    try found.check(
      for: model, at: rows.input == nil ? "data" : "input", in: session, call)
    if perRow {
      // Up to five lists, both as numbers and as members of the reply.
      try Memory.require(Size(found.rows.count) * 320, for: "the values of each row")
    }
    return (model, found)
  }
}

/// The three numbers of a bound.
struct BoundValues: Answer {
  let elbo: Double?
  let reconstruction: Double?
  let divergence: Double?

  static let members: [Member<BoundValues>] = [
    Member("elbo", \.elbo, "Error of the ELBO."),
    Member("reconstruction", \.reconstruction, "Error of E_q log p(x|z)."),
    Member("divergence", \.divergence, "Error of KL(q(z|x) || p(z))."),
  ]
}
