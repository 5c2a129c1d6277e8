import JSON

/// How a session runs; fixed when it begins.
public struct Configuration: Sendable {
  /// Threads that share an update; results do not depend on it.
  public var threads = 1
  /// No durations and no memory figures in replies, and progress by updates instead of time: two runs of a log are
  /// the same to the byte.
  public var isDeterministic = false
  public var limits = JSON.Limits()

  public init() {}
}

/// Everything that a client can change: data sets, models, trainers, distributions by name.
///
/// Lives on one thread, which created it; not `Sendable`, so that it cannot leave it.
public final class Session {
  public let configuration: Configuration

  public init(_ configuration: Configuration = Configuration()) {
    self.configuration = configuration
  }

  /// Whether a background run wants `advance()` to be called while nothing else is to do.
  public var isBusy: Bool { false }

  /// One update of the background run.
  public func advance() {}
}
