import Declarations
import JSON

enum MeanFieldList: Command {
  static let method = "meanField.list"
  static let effect = Effect.reads
  static let summary = "Lists the names of all distributions."

  struct Reply: Answer {
    let distributions: [String]
    static let members: [Member<Reply>] = [
      Member("distributions", \.distributions, "Names, in the order of definition.")
    ]
  }

  static func run(_: Nothing, in session: Session, _: Call) throws(Fault) -> Reply {
    Reply(distributions: session.distributions.names)
  }
}
