import DataSources
import Declarations
import JSON
import Tensors

/// `data.load`: reads a source, applies transforms, then splits.
enum DataLoad: Command {
  static let method = "data.load"
  static let effect = Effect.makes([.data])
  static let faults: [Fault.Kind] = [
    .badFile, .denied, .io, .shape, .support, .notFinite, .memory, .missingProgram,
  ]
  static let summary = "Loads rows from a source, applies transforms in order, and splits them."

  struct Params: Described {
    var name: Handle?
    var source: Choice<SourceKind>?
    var transforms: [Choice<TransformKind>] = []
    var split: Split?
    var weights: RowWeights?
    var distributed = false
    var replace = false

    static let fields: [Field<Params>] = [
      Field(
        "name", \.name, "Name of the new data set; generated if left out.", faults: .naming),
      Field("source", \.source, "Source of the rows.", required: true),
      Field("transforms", \.transforms, "Transforms of the rows, applied in order."),
      Field(
        "split", \.split,
        "How the rows are split: by the sizes of what is set aside, where the remaining rows are \"train\", into folds, or by a column of their table."
      ),
      Field(
        "weights", \.weights,
        "How much each row counts: a column of the table, which is then no column of the rows, or an array with a number from 0 for each row of the source. Row n of N has the factor w_n N / sum w in objectives and in means over rows.",
        faults: .array),
      Field(
        "distributed", \.distributed,
        "Whether each rank of elbo serve --ranks keeps only its share of the rows, about equal parts of consecutive ones; all replies and results are the same."
      ),
      Field("replace", \.replace, "Whether an existing data set of this name is replaced."),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> DataReply {
    let name = try session.data.free(params.name, replace: params.replace)
    let source = try required(params.source, "source")
    var (set, notes) = try session.onAll("data set") { () throws(Fault) in
      let set = try DataSet.load(
        source, params.transforms, params.split, weights: params.weights,
        checkpoint: call.checkStop)
      let notes = try set.notes(from: source.typeName, call.checkStop)
      try call.checkStop()
      return ((set, notes), session.isShared ? set.mark : "")
    }
    if params.distributed {
      if let ranks = session.sharing {
        set = try distribute(set, among: ranks, in: session, call)
      } else {
        notes.append(
          "\"distributed\" changes nothing: this session has no ranks, and its one process keeps all rows; start elbo serve with --ranks to divide them"
        )
      }
    }
    session.data.set(name, set)
    return DataReply(name, set, notes: notes)
  }

  /// Returns the set of which this process keeps its share of the rows.
  private static func distribute(
    _ set: DataSet, among ranks: Ranks, in session: Session, _ call: Call
  ) throws(Fault) -> DataSet {
    let number = ranks.numberOfRows()
    return try session.onAll("data set") { () throws(Fault) in
      (try set.distributed(among: ranks, number, call.checkStop), "")
    }
  }
}
