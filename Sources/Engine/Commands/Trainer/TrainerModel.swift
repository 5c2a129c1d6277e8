import Declarations
import JSON
import Variational

enum TrainerModel: Command {
  static let method = "trainer.model"
  static let effect = Effect.changes
  static let faults: [Fault.Kind] = [.wrongState]
  static let summary =
    "Copies a trainer's weights, as they are, averaged or at the best validation, into a model of its own."

  struct Params: Described {
    var trainer = ""
    var weights = Trainer.Weights.latest
    var name: Handle?
    var replace = false

    static let fields: [Field<Params>] = [
      Field("trainer", \.trainer, "The trainer.", required: true, faults: .lookup),
      Field(
        "weights", \.weights,
        "Which weights: the current ones, their average, or those of the best validation (averaged where there is an average).",
        required: true),
      Field(
        "name", \.name, "The new model's name; one is made up where none is given.", faults: .naming
      ),
      Field("replace", \.replace, "Whether a model of that name is replaced."),
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
