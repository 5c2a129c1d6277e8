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
