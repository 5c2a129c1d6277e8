import Declarations
import JSON

/// How far a long call has come: the members of a `$/progress` notification beside the request's
/// id.
public struct Progress: Described {
  public var trainer = ""
  public var update = 0
  public var updates: Int?
  public var elbo: Double?
  public var updatesPerSecond: Double?
  /// Set in the last report of a background run, and in no other.
  var state: TrainerEntry.State?

  public init() {}

  /// The run is over: this must reach the client, whatever else is left out.
  public var isLast: Bool { state != nil }

  public static let fields: [Field<Progress>] = [
    Field("trainer", \.trainer, "The trainer that runs."),
    Field("update", \.update, "Weight updates done in this call."),
    Field("updates", \.updates, "Weight updates asked for, where it was a number of updates."),
    Field("elbo", \.elbo, "Mean ELBO of the latest updates, in nats."),
    Field("updatesPerSecond", \.updatesPerSecond, "Rate since the call began."),
    Field(
      "state", \.state,
      "Only in the last one of a trainer.start: idle, or failed. The run is over."),
  ]
}
