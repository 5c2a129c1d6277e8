import JSON
import Plugins

/// The options of a session, fixed when it begins.
package struct Configuration: Sendable {
  /// The number of threads that share an update; results do not depend on it.
  package var threads = 1
  /// Leaves out durations and memory figures in replies, and reports progress by updates instead of
  /// time, so that two runs of a log are identical to the byte.
  package var isDeterministic = false
  package var limits = JSON.Limits()
  /// What the command line allows.
  package var allowance = Allowance()
  /// The plugins that were loaded.
  package var plugins: [Plugin] = []
  /// The folder in which the session survives its process, if it does.
  package var state: String?
  /// What bounds the process, if anything does.
  package var sandbox: String?

  package init() {}
}
