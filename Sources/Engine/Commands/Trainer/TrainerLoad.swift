import Declarations
import Files
import JSON
import Tensors
import Variational

enum TrainerLoad: Command {
  static let method = "trainer.load"
  static let effect = Effect.makes([.model, .trainer])
  static let faults: [Fault.Kind] = [.wrongState, .shape, .support, .notFinite, .memory]
  static let summary =
    "Loads a trainer and its model; training goes on as if it had never stopped, on the same rows, labels and splits."

  struct Params: Described {
    var path = ""
    var data = ""
    var name: Handle?
    var model: Handle?
    var checkpoint: CheckpointParams?
    var replace = false
    var force = false
    static let fields: [Field<Params>] = [
      Field(
        "path", \.path, "The file, or a folder of checkpoints, of which the newest is loaded.",
        required: true, faults: .file),
      Field(
        "data", \.data, "The data set of the training, loaded again.", required: true,
        faults: .lookup),
      Field(
        "name", \.name, "Name of the new trainer; generated if left out.", faults: .naming),
      Field(
        "model", \.model,
        "Name of the trainer's model; if a model of this name exists and has the same parts, it takes the weights of the file. By default, the name in the file if it is free, else a generated one.",
        faults: .naming),
      Field(
        "checkpoint", \.checkpoint,
        "When the state is saved by itself; the folder that was loaded from may be given again."),
      Field("replace", \.replace, "Whether an existing trainer of this name is replaced."),
      Field("force", \.force, "Whether data that differ from those of the training are accepted."),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> TrainerReply
  {
    let name = try session.trainers.free(params.name, replace: params.replace)
    // First the file, since the rest may need rows that all ranks have to bring.
    let saved = try session.onAll("trainer") { () throws(Fault) in
      let saved = try read(params, in: session, call)
      return (saved, session.isShared ? SHA256.hex(saved.record.json.bytes) : "")
    }
    let loaded = try session.onAll("trainer") { () throws(Fault) in
      let loaded = try load(name, saved, params, in: session, call)
      return (loaded, session.isShared ? try loaded.entry.trainer.stateHash() : "")
    }
    session.trainers.peek(name)?.close()
    try loaded.entry.keepCheckpoints(params.checkpoint, in: session)
    session.models.set(loaded.modelName, loaded.entry.trainer.model)
    session.trainers.set(name, loaded.entry)
    return TrainerReply(
      loaded.entry, warning: params.force ? nil : Self.warning(loaded.entry, loaded.record))
  }

  /// A file, what it says, and its path.
  private typealias Saved = (file: SafeTensors, record: TrainerRecord, path: String)

  /// Reads the file.
  private static func read(
    _ params: Params, in session: Session, _ call: Call
  ) throws(Fault) -> Saved {
    _ = try session.data.find(params.data, at: "data")
    var path = params.path
    let file = try within("path") { () throws(Fault) in
      path = try CheckpointFolder.newest(params.path)
      do throws(Fault) {
        return try SafeTensors(contentsOf: path, checkpoint: call.checkStop)
      } catch {
        var fault = error
        if path != params.path, fault.kind == .badFile,
          let earlier = CheckpointFolder.earlier(in: params.path)
        {
          fault.hint =
            "go on from \(earlier): give it as path, and \"replace\": true in \"checkpoint\""
        }
        throw fault
      }
    }
    return (file, try Trainer.record(file, path: path), path)
  }

  /// Makes the trainer, and changes nothing in the session.
  private static func load(
    _ name: String, _ saved: Saved, _ params: Params, in session: Session, _ call: Call
  ) throws(Fault) -> (entry: TrainerEntry, modelName: String, record: TrainerRecord) {
    let set = try session.data.find(params.data, at: "data")
    let (file, path) = (saved.file, saved.path)
    var record = saved.record
    // Files of earlier versions lack it: those trainers kept the last batch.
    let isOld = record.trainer.lastBatch == nil
    record.trainer.lastBatch = record.trainer.lastBatch ?? .keep
    if !params.force { try same(set.sha256, record.sha256, params.data) }
    try record.checkModelName(path)
    let (modelName, model) = try model(params, record, in: session, call)
    var validation = try record.validationParams(path)
    if let other = validation?.rows.data, other == record.dataName {
      validation?.rows.data = params.data
    }
    let entry: TrainerEntry
    do throws(Fault) {
      entry = try TrainerCreate.make(
        name, model, modelName, data: params.data, split: record.split, record.trainer, validation,
        allowingSingleRows: isOld, in: session, call)
    } catch { throw Self.ofSettings(error) }
    if !params.force { try requireSame(entry, record, validation?.rows.data ?? params.data) }
    try entry.trainer.restore(file, record, path: path)
    try call.checkStop()
    return (entry, modelName, record)
  }

  /// Returns a fault of the saved settings as one of the data, which they do not fit: the request
  /// has no such members.
  private static func ofSettings(_ fault: Fault) -> Fault {
    let path = fault.path
    guard let member = path.split(whereSeparator: { ".[".contains($0) }).first,
      TrainerSpec.fields.contains(where: { $0.name == member })
    else { return fault }
    var fault = fault
    fault.message = "the saved trainer's \"\(path)\" does not fit the data: \(fault.message)"
    fault.path = "data"
    return fault
  }

  /// Returns the model of the trainer, and its name. Throws `nameInUse` if a model of the wanted
  /// name has other parts than the file's.
  private static func model(
    _ params: Params, _ record: TrainerRecord, in session: Session, _ call: Call
  ) throws(Fault) -> (String, Model) {
    if let name = params.model?.name {
      guard let model = session.models.peek(name) else {
        return (name, try Model(record.model, call.checkStop))
      }
      guard model.spec.json == record.model.json else {
        throw Fault(
          .nameInUse, "the model \"\(name)\" is not that of the file", path: "model",
          expected: "a new name, or a model of the same parts", got: JSON.string(name).line,
          hint: "choose another name, or leave \"model\" out")
      }
      return (name, model)
    }
    let isKnown = session.models.peek(record.modelName) != nil || record.modelName.isEmpty
    return (
      isKnown ? try session.models.free(nil, replace: false) : record.modelName,
      try Model(record.model, call.checkStop)
    )
  }

  /// Throws `wrongState` if a run on these rows would differ from the saved one: all its numbers
  /// follow from the values of the rows, their order, the labels that condition the model, and the
  /// same for the validation rows.
  private static func requireSame(
    _ entry: TrainerEntry, _ record: TrainerRecord, _ validated: String
  ) throws(Fault) {
    let trainer = entry.trainer
    if let saved = record.rows {
      try trainer.rowsRecord.require(saved, "the rows that are trained on")
    }
    guard let held = trainer.validation else { return }
    if let sha256 = record.validationSha256 { try same(held.data.sha256, sha256, validated) }
    if let saved = record.validationRows {
      try trainer.validationRowsRecord?.require(saved, "the rows that are validated")
    }
  }

  private static func same(_ got: String, _ expected: String, _ data: String) throws(Fault) {
    guard got == expected else {
      throw Fault(
        .wrongState, "data set \"\(data)\" is not the one that the trainer was trained on",
        path: "data", expected: "sha256 \(expected)", got: "sha256 \(got)",
        hint: "load the same data with the same transforms, or give \"force\": true")
    }
  }

  /// Returns a warning about data that could not be compared although they matter.
  private static func warning(_ entry: TrainerEntry, _ record: TrainerRecord) -> String? {
    guard record.rows == nil else { return nil }
    let trainer = entry.trainer
    var unknown: [String] = []
    if trainer.rows.count < trainer.data.count || trainer.validation != nil {
      unknown.append("which rows it took")
    }
    if trainer.model.condition != nil { unknown.append("their labels") }
    guard !unknown.isEmpty else { return nil }
    return
      "the file is from an earlier version, which did not save \(unknown.joined(separator: " and ")): make sure that the data are split and labelled as before"
  }
}

extension TrainerRecord {
  /// Returns the "validation" parameter of `trainer.create`. Throws `badFile`.
  fileprivate func validationParams(_ path: String) throws(Fault) -> ValidationParams? {
    do { return try ValidationParams?(json: validation) } catch {
      throw error.within("validation in the metadata of \(path)").asBadFile(nil)
    }
  }

  /// Throws `badFile` for a name that no client could have given.
  fileprivate func checkModelName(_ path: String) throws(Fault) {
    guard !modelName.isEmpty else { return }
    do { _ = try Handle(json: .string(modelName)) } catch {
      throw error.within("modelName in the metadata of \(path)").asBadFile(nil)
    }
  }
}
