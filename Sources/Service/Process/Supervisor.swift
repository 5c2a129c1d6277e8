import Engine
import Glibc

/// Waits for the end of a conversation: its own end, a signal, or the loss of the client.
struct Supervisor {
  let conversation: Conversation
  /// The reading end of the signals' pipe.
  let signals: Int32
  /// The descriptor of the replies, to notice that the reader is gone; -1 if that does not matter.
  let output: Int32

  /// The seconds that a session has to stop its work and write its last replies.
  private static let patience = 3.0
  /// The same after SIGTERM, whose sender usually kills the process soon after.
  private static let patienceOfTermination = 0.8
  /// The further seconds for the last checkpoints.
  private static let patienceOfSaving = 10.0

  /// Returns the exit status.
  func run(ended: () -> Int32) -> Int32 {
    var output = output
    var status: Int32?
    var deadline: Double?
    var lastInterrupt = -1.0

    func end(_ code: Int32, within seconds: Double = Supervisor.patience) {
      status = status ?? code
      deadline = min(deadline ?? .infinity, Clock.seconds + seconds)
      conversation.abort()
    }

    while true {
      // A pipe reports the loss of its last reader even if no events are requested.
      var entries = [
        pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
        pollfd(fd: output, events: 0, revents: 0),
      ]
      let left = deadline.map { Int32(max(0, ($0 - Clock.seconds) * 1000).rounded(.up)) }
      let count = poll(&entries, 2, left ?? -1)
      if let passed = deadline, Clock.seconds >= passed {
        guard conversation.isSaving, Clock.seconds < passed + Self.patienceOfSaving else {
          return status ?? 1
        }
        usleep(5_000)
      }
      if count <= 0 { continue }
      if entries[1].revents != 0 {
        output = -1
        // A thread that has just written the last reply may not have recorded it yet.
        if conversation.isUnfinished { usleep(20_000) }
        let code: Int32 = conversation.isUnfinished ? 1 : 0
        conversation.outlet.close()
        end(code)
      }
      guard entries[0].revents != 0 else { continue }
      var byte: UInt8 = 0
      guard read(signals, &byte, 1) == 1 else { continue }
      switch byte {
      case Signals.interrupt:
        let now = Clock.seconds
        if now - lastInterrupt < 1 {
          end(130, within: 0.5)
        } else {
          conversation.mailbox.cancelRunning()
        }
        lastInterrupt = now
      case Signals.terminate:
        if deadline != nil { return status ?? 143 }
        end(143, within: Self.patienceOfTermination)
      case Signals.hangUp:
        if deadline == nil { end(129, within: Self.patienceOfTermination) }
      case Signals.closed: end(1)
      case Signals.ended: return status ?? ended()
      default: break
      }
    }
  }
}
