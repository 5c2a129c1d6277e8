import Declarations
import JSON

enum TrainerInfo: Command {
  static let method = "trainer.info"
  static let effect = Effect.reads
  static let summary = "Describes a trainer's settings and progress."

  struct Params: Described {
    var trainer = ""
    var hash = false
    static let fields: [Field<Params>] = [
      Field("trainer", \.trainer, "The trainer.", required: true, faults: .lookup),
      Field(
        "hash", \.hash,
        "Whether the hash of the state is returned, which takes a moment for a large model."),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> TrainerReply
  {
    let entry = try session.trainers.find(params.trainer, at: "trainer")
    return TrainerReply(
      entry, hash: try params.hash ? entry.trainer.stateHash(checkpoint: call.checkStop) : nil)
  }
}
