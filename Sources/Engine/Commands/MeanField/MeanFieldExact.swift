import Declarations
import JSON
import MeanField

enum MeanFieldExact: Command {
  static let method = "meanField.exact"
  static let effect = Effect.reads
  static let faults: [Fault.Kind] = [.resultTooLarge, .support]
  static let summary =
    "Computes log-partition, mean energy, entropy and marginals by enumeration, and checks two identities."

  static func run(_ params: DistributionParams, in session: Session, _ call: Call) throws(Fault)
    -> Exact
  {
    let distribution = try session.distributions.find(params.distribution, at: "distribution")
    try distribution.requireRoom()
    return try distribution.exact(checkpoint: call.checkStop)
  }
}
