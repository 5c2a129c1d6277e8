import Declarations
import JSON

enum ModelList: Command {
  static let method = "model.list"
  static let effect = Effect.reads
  static let summary = "Lists the names of all models."

  struct Reply: Answer {
    let models: [String]
    static let members: [Member<Reply>] = [
      Member("models", \.models, "Names, in the order of building.")
    ]
  }

  static func run(_: Nothing, in session: Session, _: Call) throws(Fault) -> Reply {
    Reply(models: session.models.names)
  }
}
