import Declarations
import JSON

enum TrainerDrop: Command {
  static let method = "trainer.drop"
  static let effect = Effect.changes
  static let preemptsRuns = true
  static let faults: [Fault.Kind] = [.io, .noSpace, .notFinite]
  static let summary = "Removes a trainer, ends its run, and writes its last checkpoint."

  struct Params: Described {
    var trainer = ""
    var force = false
    static let fields: [Field<Params>] = [
      Field("trainer", \.trainer, "The trainer.", required: true, faults: .lookup),
      Field(
        "force", \.force,
        "Whether it is removed even if its last checkpoint cannot be written."),
    ]
  }

  static func run(_ params: Params, in session: Session, _: Call) throws(Fault) -> Nothing {
    let entry = session.trainers.peek(params.trainer)
    entry?.end()
    if let entry, let failure = entry.checkpoints?.flush(entry.trainer), !params.force {
      throw Fault(
        failure.kind, "the last checkpoint could not be written: \(failure.sentence)",
        path: "trainer", expected: "a folder that can be written", got: failure.sentence,
        hint: "the trainer is still there: make room, or give \"force\": true")
    }
    try session.trainers.drop(params.trainer, at: "trainer")?.close()
    return Nothing()
  }
}
