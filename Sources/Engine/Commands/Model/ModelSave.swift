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
    var replace = false
    static let fields: [Field<Params>] = [
      Field("model", \.model, "The model.", required: true, faults: .lookup),
      Field(
        "path", \.path, "The file; an existing safetensors file is replaced as a whole.",
        required: true, faults: .file),
      .replace(\.replace),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> SavedReply {
    let model = try session.models.find(params.model, at: "model")
    return try within("path") { () throws(Fault) in
      SavedReply(
        params.path,
        try model.file().write(
          to: params.path, replace: params.replace, checkpoint: call.checkStop))
    }
  }
}
