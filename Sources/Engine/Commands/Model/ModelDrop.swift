import Declarations
import JSON

enum ModelDrop: Command {
  static let method = "model.drop"
  static let effect = Effect.changes
  static let summary = "Removes a model; trainers that use it keep it until they are dropped."

  static func run(_ params: ModelParams, in session: Session, _: Call) throws(Fault) -> Nothing {
    try session.models.drop(params.model, at: "model")
    return Nothing()
  }
}
