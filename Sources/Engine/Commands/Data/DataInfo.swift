import Declarations
import JSON

enum DataInfo: Command {
  static let method = "data.info"
  static let effect = Effect.reads
  static let faults: [Fault.Kind] = [.io]
  static let summary = "Describes a data set."

  static func run(_ params: DataParams, in session: Session, _: Call) throws(Fault) -> DataReply {
    let set = try session.data.find(params.data, at: "data")
    // The figures, above all the sha256, describe the file as it was loaded.
    try within("data") { () throws(Fault) in try set.checkUnchanged() }
    return DataReply(params.data, set)
  }
}
