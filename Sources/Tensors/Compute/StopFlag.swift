import JSON
import Synchronization

/// A request to stop, which any thread may raise and the working threads read.
///
/// Reading it costs one load. Work that may take longer than a tenth of a second reads it between
/// its pieces: it calls `check`, or a checkpoint that does, and passes on what is thrown. Lanes of
/// an update cannot throw and read `isRaised`; their caller throws.
public final class StopFlag: Sendable {
  private let raised = Atomic(false)

  public init() {}

  /// Cancels the work that looks at the flag.
  public func raise() { raised.store(true, ordering: .releasing) }
  /// Withdraws the request, so that stopped work may start again.
  public func lower() { raised.store(false, ordering: .releasing) }
  /// Whether the work was cancelled.
  public var isRaised: Bool { raised.load(ordering: .acquiring) }

  /// Throws `cancelled` once it is raised.
  public func check() throws(Fault) { if isRaised { throw .cancelled } }
}

extension Fault {
  /// The fault of work that was cancelled.
  public static let cancelled = Fault(.cancelled, "cancelled; nothing was changed")
}
