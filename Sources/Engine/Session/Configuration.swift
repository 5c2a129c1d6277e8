import JSON
import Plugins

/// How a session runs; fixed when it begins.
public struct Configuration: Sendable {
  /// Threads that share an update; results do not depend on it.
  public var threads = 1
  /// No durations and no memory figures in replies, and progress by updates instead of time: two
  /// runs of a log are the same to the byte.
  public var isDeterministic = false
  public var limits = JSON.Limits()
  /// What was loaded before.
  public var plugins: [Plugin] = []

  public init() {}
}
