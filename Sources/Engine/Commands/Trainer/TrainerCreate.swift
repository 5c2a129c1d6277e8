import DataSources
import Declarations
import JSON
import Variational

/// `trainer.create`: makes a trainer from a model, data and training options.
enum TrainerCreate: Command {
  static let method = "trainer.create"
  static let effect = Effect.makes([.trainer])
  static let faults: [Fault.Kind] = [.shape, .support, .memory]
  static let summary = "Creates a trainer for a model and a data set; nothing is trained yet."

  struct Params: Described {
    var name: Handle?
    var model = ""
    var data = ""
    var split: String?
    var spec = TrainerSpec()
    var validation: ValidationParams?
    var checkpoint: CheckpointParams?
    var replace = false

    static let fields: [Field<Params>] =
      [
        Field(
          "name", \.name, "Name of the new trainer; generated if left out.", faults: .naming
        ),
        Field("model", \.model, "The model to train.", required: true, faults: .lookup),
        Field(
          "data", \.data, "The data set to train on.", required: true, faults: .lookup),
        Field(
          "split", \.split, "Split to train on; \"train\" if the data were split, else all rows."),
      ] + Field.all(of: \.spec) + [
        Field(
          "validation", \.validation,
          "Rows whose bound is computed regularly; by default the data's \"validation\" split."),
        Field(
          "checkpoint", \.checkpoint,
          "When the state is saved by itself; also at the end of the session, and if training fails."
        ),
        Field("replace", \.replace, "Whether an existing trainer of this name is replaced."),
      ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> TrainerReply
  {
    let name = try session.trainers.free(params.name, replace: params.replace)
    let model = try session.models.find(params.model, at: "model")
    let entry = try make(
      name, model, params.model, data: params.data, split: params.split, params.spec,
      params.validation, in: session, call)
    session.trainers.peek(name)?.close()
    try entry.keepCheckpoints(params.checkpoint, in: session)
    session.trainers.set(name, entry)
    let trainer = entry.trainer
    var notes = trainer.spec.notes(
      rows: trainer.rows.count, validated: trainer.validation?.rows.count)
    if let count = session.ranks?.count, count > trainer.lanes {
      notes.append(
        "an update has work for \(trainer.lanes) of the \(count) ranks, and the others wait most of it: give a larger \"batch\" or more samples, or start fewer"
      )
    }
    return TrainerReply(entry, notes: notes)
  }

  /// Checks the rows and builds the trainer.
  static func make(
    _ name: String, _ model: Model, _ modelName: String, data: String, split: String?,
    _ spec: TrainerSpec, _ validation: ValidationParams?, allowingSingleRows: Bool = false,
    in session: Session, _ call: Call
  ) throws(Fault) -> TrainerEntry {
    var selection = RowSelection()
    (selection.data, selection.split) = (
      data, try session.data.find(data, at: "data").trainingSplit(split)
    )
    let found = try selection.resolve(in: session)
    try found.check(for: model, in: session, call)
    var held: Trainer.Validation?
    if let validation {
      var rows = validation.rows
      rows.data = rows.data ?? data
      let preset = rows.data == data ? "validation" : nil
      held = try within("validation") { () throws(Fault) in
        if rows.split == nil, rows.data == data, rows.indices == nil {
          let set = try session.data.find(data, at: "data")
          guard set.split("validation") != nil else {
            throw Fault(
              .params, "the data set \"\(data)\" has no split \"validation\"", path: "data",
              expected: "other rows than those of the training", got: "the data of the training",
              hint:
                "load the data with \"split\": {\"validation\": 100}, or name another data set, a split or indices"
            )
          }
        }
        let found = try rows.resolve(in: session, split: preset)
        try found.check(for: model, in: session, call)
        return Trainer.Validation(
          data: found.examples, rows: found.rows, every: validation.every,
          samples: validation.samples)
      }
    }
    try spec.check(
      model, rows: found.rows.count, isValidated: held != nil,
      allowingSingleRows: allowingSingleRows)
    try spec.check(model, on: found.examples, found.rows, call.checkStop)
    let trainer = try Trainer(
      spec, model: model, data: found.examples, rows: found.rows, validation: held)
    return TrainerEntry(
      name, model: modelName, data: data, split: split, trainer, validation)
  }
}
