import Declarations
import JSON
import Variational

enum TrainerSave: Command {
  static let method = "trainer.save"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.wrongState, .notFinite]
  static let summary =
    "Saves everything that training needs to go on bit for bit: parameters, optimizer state, history."

  struct Params: Described {
    var trainer = ""
    var path = ""
    var best = false
    var replace = false
    static let fields: [Field<Params>] = [
      Field("trainer", \.trainer, "The trainer.", required: true, faults: .lookup),
      Field(
        "path", \.path, "The file; an existing safetensors file is replaced as a whole.",
        required: true, faults: .file),
      Field(
        "best", \.best,
        "Whether the saved state is that of the best validation, not the current one."),
      .replace(\.replace),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> SavedReply {
    let entry = try session.trainers.find(params.trainer, at: "trainer")
    let file = try entry.trainer.file(
      entry.record, isBest: params.best, checkpoint: call.checkStop)
    return try within("path") { () throws(Fault) in
      SavedReply(
        params.path,
        try file.write(
          to: params.path, replace: params.replace, checkpoint: call.checkStop),
        hash: file.note("hash"))
    }
  }
}
