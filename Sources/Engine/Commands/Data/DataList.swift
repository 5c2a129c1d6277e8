import Declarations
import JSON

enum DataList: Command {
  static let method = "data.list"
  static let effect = Effect.reads
  static let summary = "Lists the names of all data sets."

  struct Reply: Answer {
    let data: [String]
    static let members: [Member<Reply>] = [
      Member("data", \.data, "Names, in the order of loading.")
    ]
  }

  static func run(_: Nothing, in session: Session, _: Call) throws(Fault) -> Reply {
    Reply(data: session.data.names)
  }
}
