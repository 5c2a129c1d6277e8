import Synchronization

/// A request to stop, raised by any thread and seen by those that work.
///
/// Looking costs one load. Work that may take longer than a tenth of a second looks between its
/// pieces.
public final class StopFlag: Sendable {
  private let raised = Atomic(false)

  public init() {}

  public func raise() { raised.store(true, ordering: .releasing) }
  /// Takes the request back: what was stopped may begin anew.
  public func lower() { raised.store(false, ordering: .releasing) }
  public var isRaised: Bool { raised.load(ordering: .acquiring) }
}
