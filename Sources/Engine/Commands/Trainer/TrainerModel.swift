import Declarations
import JSON
import Variational

enum TrainerModel: Command {
  static let method = "trainer.model"
  static let effect = Effect.makes([.model])
  static let faults: [Fault.Kind] = [.wrongState]
  static let summary =
    "Copies a trainer's weights (the current ones, their average or the best) into a new model."

  struct Params: Described {
    var trainer = ""
    var weights = Trainer.Weights.latest
    var name: Handle?
    var replace = false

    static let fields: [Field<Params>] = [
      Field("trainer", \.trainer, "The trainer.", required: true, faults: .lookup),
      Field(
        "weights", \.weights,
        "Weights to copy: the current ones, their average, or those of the best validation (averaged if there is an average).",
        required: true),
      Field(
        "name", \.name, "Name of the new model; generated if left out.", faults: .naming
      ),
      Field("replace", \.replace, "Whether an existing model of this name is replaced."),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> ModelReply {
    let entry = try session.trainers.find(params.trainer, at: "trainer")
    let name = try session.models.free(params.name, replace: params.replace)
    let model = try entry.trainer.snapshot(params.weights)
    try call.checkStop()
    session.models.set(name, model)
    return ModelReply(name, model)
  }
}
