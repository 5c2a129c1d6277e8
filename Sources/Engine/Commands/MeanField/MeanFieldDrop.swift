import Declarations
import JSON

enum MeanFieldDrop: Command {
  static let method = "meanField.drop"
  static let effect = Effect.changes
  static let summary = "Removes a distribution."

  static func run(_ params: DistributionParams, in session: Session, _: Call) throws(Fault)
    -> Nothing
  {
    try session.distributions.drop(params.distribution, at: "distribution")
    return Nothing()
  }
}
