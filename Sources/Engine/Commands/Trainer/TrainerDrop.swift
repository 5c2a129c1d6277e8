import Declarations
import JSON

enum TrainerDrop: Command {
  static let method = "trainer.drop"
  static let effect = Effect.changes
  static let preemptsRuns = true
  static let summary = "Removes a trainer, ends its run, and writes its last checkpoint."

  static func run(_ params: TrainerParams, in session: Session, _: Call) throws(Fault) -> Nothing {
    try session.trainers.drop(params.trainer, at: "trainer").close()
    return Nothing()
  }
}
