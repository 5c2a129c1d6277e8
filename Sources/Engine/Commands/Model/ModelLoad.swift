import Declarations
import JSON
import Tensors
import Variational

enum ModelLoad: Command {
  static let method = "model.load"
  static let effect = Effect.makes([.model])
  static let faults: [Fault.Kind] = [.shape, .notFinite, .memory]
  static let summary = "Loads a model that model.save has written."

  struct Params: Described {
    var path = ""
    var name: Handle?
    var replace = false
    static let fields: [Field<Params>] = [
      Field("path", \.path, "The file.", required: true, faults: .file),
      Field(
        "name", \.name, "Name of the new model; generated if left out.", faults: .naming),
      Field("replace", \.replace, "Whether an existing model of this name is replaced."),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> ModelReply {
    let name = try session.models.free(params.name, replace: params.replace)
    let model = try session.onAll("model") { () throws(Fault) in
      let file = try within("path") { () throws(Fault) in
        try SafeTensors(contentsOf: params.path, checkpoint: call.checkStop)
      }
      let model = try Model(file, path: params.path)
      try call.checkStop()
      return (model, session.isShared ? model.digest : "")
    }
    session.models.set(name, model)
    return ModelReply(name, model)
  }
}
