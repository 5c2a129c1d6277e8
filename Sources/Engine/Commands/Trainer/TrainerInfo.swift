import JSON

enum TrainerInfo: Command {
  static let method = "trainer.info"
  static let effect = Effect.reads
  static let summary = "Describes a trainer's settings and progress."

  static func run(_ params: TrainerParams, in session: Session, _: Call) throws(Fault)
    -> TrainerReply
  {
    TrainerReply(try session.trainers.find(params.trainer, at: "trainer"))
  }
}
