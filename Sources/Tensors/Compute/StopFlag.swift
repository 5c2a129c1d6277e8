import JSON
import Synchronization

/// A request to stop, raised by any thread and seen by those that work.
///
/// Looking costs one load. Work that may take longer than a tenth of a second looks between its
/// pieces: it calls `check`, or a checkpoint that does, and lets through what is thrown. Lanes of an
/// update cannot throw and look at `isRaised`; whoever runs them throws.
public final class StopFlag: Sendable {
  private let raised = Atomic(false)

  public init() {}

  public func raise() { raised.store(true, ordering: .releasing) }
  /// Takes the request back: what was stopped may begin anew.
  public func lower() { raised.store(false, ordering: .releasing) }
  public var isRaised: Bool { raised.load(ordering: .acquiring) }

  /// Throws `cancelled` once it is raised.
  public func check() throws(Fault) { if isRaised { throw .cancelled } }
}

extension Fault {
  public static let cancelled = Fault(.cancelled, "cancelled; nothing was changed")
}
