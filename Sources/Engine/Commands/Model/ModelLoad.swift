import Declarations
import JSON
import Tensors
import Variational

enum ModelLoad: Command {
  static let method = "model.load"
  static let effect = Effect.changes
  static let faults: [Fault.Kind] = [.shape, .notFinite, .memory]
  static let summary = "Reads a model that model.save has written."

  struct Params: Described {
    var path = ""
    var name: Handle?
    var replace = false
    static let fields: [Field<Params>] = [
      Field("path", \.path, "The file.", required: true, faults: .file),
      Field(
        "name", \.name, "The model's name; one is made up where none is given.", faults: .naming),
      Field("replace", \.replace, "Whether a model of that name is replaced."),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> ModelReply {
    let name = try session.models.free(params.name, replace: params.replace)
    let file = try within("path") { () throws(Fault) in
      try SafeTensors(contentsOf: params.path, checkpoint: call.checkStop)
    }
    let model = try Model(file, path: params.path)
    try call.checkStop()
    session.models.set(name, model)
    return ModelReply(name, model)
  }
}
