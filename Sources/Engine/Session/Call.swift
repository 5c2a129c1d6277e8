import JSON
import Tensors

/// The flag of a call, by which those who serve calls tell them to stop.
public typealias StopFlag = Tensors.StopFlag

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

  /// The call's checkpoint: throws `cancelled` where it was asked to stop.
  func checkStop() throws(Fault) {
    try stop.check()
  }
}
