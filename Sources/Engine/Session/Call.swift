import JSON
import Tensors

/// The flag by which the service tells a call to stop.
public typealias StopFlag = Tensors.StopFlag

/// The context of a running command.
public struct Call: Sendable {
  public let stop: StopFlag
  /// Accepts progress at any rate; the receiver keeps the newest report, and the last one.
  public let report: @Sendable (Progress) -> Void

  public init(
    stop: StopFlag = StopFlag(), report: @escaping @Sendable (Progress) -> Void = { _ in }
  ) {
    self.stop = stop
    self.report = report
  }

  /// The call's checkpoint: throws `cancelled` if the call was asked to stop.
  func checkStop() throws(Fault) {
    try stop.check()
  }
}
