import Engine
import Glibc
import Synchronization
import Tensors

/// Stops cases that take long, as a client would: an input may ask for endless work.
final class Watchdog: Sendable {
  private struct State {
    var deadline: Double?
    var stop: @Sendable () -> Void = {}
  }

  private let state = Monitor(State())

  init() {
    _ = Thread.start { [state] in
      while true {
        state.wait { $0.deadline != nil }
        let stop = state.withLock { state -> (@Sendable () -> Void)? in
          guard let deadline = state.deadline, Clock.seconds > deadline else { return nil }
          state.deadline = nil
          return state.stop
        }
        stop?()
        usleep(5_000)
      }
    }
  }

  /// Runs `body`, and calls `stop` if it takes longer than a tenth of a second.
  func watch<T>(
    stoppingBy stop: @escaping @Sendable () -> Void, _ body: () throws -> T
  ) rethrows -> T {
    state.change { $0 = State(deadline: Clock.seconds + 0.1, stop: stop) }
    defer { state.withLock { $0.deadline = nil } }
    return try body()
  }
}
