import Declarations
import JSON

enum DataDrop: Command {
  static let method = "data.drop"
  static let effect = Effect.changes
  static let summary = "Removes a data set; trainers that use it keep it until they are dropped."

  static func run(_ params: DataParams, in session: Session, _: Call) throws(Fault) -> Nothing {
    try session.data.drop(params.data, at: "data")
    return Nothing()
  }
}
