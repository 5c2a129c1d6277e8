import JSON
import Tensors

/// The flag of a call, by which those who serve calls tell them to stop.
public typealias StopFlag = Tensors.StopFlag

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

/// What a running command knows of its request.
public struct Call: Sendable {
  public let stop: StopFlag
  /// Takes progress as often as it comes; the receiver keeps the newest, and the last.
  public let report: @Sendable (Progress) -> Void

  public init(
    stop: StopFlag = StopFlag(), report: @escaping @Sendable (Progress) -> Void = { _ in }
  ) {
    self.stop = stop
    self.report = report
  }

  /// Throws `cancelled` where the call was asked to stop, and its work is worth nothing.
  func checkStop() throws(Fault) {
    if stop.isRaised { throw .cancelled }
  }

  /// What `work` answers. It is given what says whether to stop, may then answer anything, and
  /// `cancelled` is thrown instead.
  func finishing<T>(_ work: (_ stop: () -> Bool) throws(Fault) -> T) throws(Fault) -> T {
    let answer = try work { stop.isRaised }
    try checkStop()
    return answer
  }
}

extension Fault {
  static let cancelled = Fault(.cancelled, "cancelled; nothing was changed")
}
