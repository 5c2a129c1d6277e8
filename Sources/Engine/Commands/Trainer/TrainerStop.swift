import JSON

enum TrainerStop: Command {
  static let method = "trainer.stop"
  static let effect = Effect.changes
  static let summary =
    "Ends the background run; an update under way is abandoned and changes nothing."
  static let preemptsRuns = true

  static func run(_ params: TrainerParams, in session: Session, _: Call) throws(Fault)
    -> TrainerReply
  {
    let entry = try session.trainers.find(params.trainer, at: "trainer")
    entry.end()
    return TrainerReply(entry)
  }
}
