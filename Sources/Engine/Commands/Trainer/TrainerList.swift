import Declarations
import JSON

enum TrainerList: Command {
  static let method = "trainer.list"
  static let effect = Effect.reads
  static let summary = "Lists the names of all trainers."

  struct Reply: Answer {
    let trainers: [String]
    static let members: [Member<Reply>] = [
      Member("trainers", \.trainers, "Names, in the order of creation.")
    ]
  }

  static func run(_: Nothing, in session: Session, _: Call) throws(Fault) -> Reply {
    Reply(trainers: session.trainers.names)
  }
}
