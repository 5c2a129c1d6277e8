import Declarations
import JSON

enum TrainerList: Command {
  static let method = "trainer.list"
  static let effect = Effect.reads
  static let summary = "The names of all trainers."

  struct Reply: Described {
    var trainers: [String] = []
    static let fields: [Field<Reply>] = [
      Field("trainers", \.trainers, "Names, in order of creation.")
    ]
  }

  static func run(_: Nothing, in session: Session, _: Call) throws(Fault) -> Reply {
    Reply(trainers: session.trainers.names)
  }
}
