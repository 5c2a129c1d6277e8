import JSON
import Tensors

/// The flag by which the service tells a call to stop.
package typealias StopFlag = Tensors.StopFlag

/// The context of a running command.
package struct Call: Sendable {
  package let stop: StopFlag
  /// Accepts progress at any rate; the receiver keeps the newest report, and the last one.
  package let report: @Sendable (Progress) -> Void

  package init(
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
