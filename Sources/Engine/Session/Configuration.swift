import JSON
import Plugins

/// The options of a session, fixed when it begins.
public struct Configuration: Sendable {
  /// The number of threads that share an update; results do not depend on it.
  public var threads = 1
  /// Leaves out durations and memory figures in replies, and reports progress by updates instead of
  /// time, so that two runs of a log are identical to the byte.
  public var isDeterministic = false
  public var limits = JSON.Limits()
  /// The plugins that were loaded.
  public var plugins: [Plugin] = []

  public init() {}
}
