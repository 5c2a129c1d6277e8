import Declarations
import JSON

enum ModelSave: Command {
  static let method = "model.save"
  static let effect = Effect.writes
  static let faults: [Fault.Kind] = [.notFinite]
  static let summary =
    "Saves a model to one .safetensors file, with its description in the metadata."

  struct Params: Described {
    var model = ""
    var path = ""
    static let fields: [Field<Params>] = [
      Field("model", \.model, "The model.", required: true, faults: .lookup),
      Field(
        "path", \.path, "The file; an existing one is replaced as a whole.", required: true,
        faults: .file),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> SavedReply {
    let model = try session.models.find(params.model, at: "model")
    return try within("path") { () throws(Fault) in
      SavedReply(params.path, try model.file().write(to: params.path, checkpoint: call.checkStop))
    }
  }
}
