import Engine
import Glibc
import JSON
import Tensors

/// One session, with its queue and its output to the client.
///
/// The reader of the input makes a `Listener` and feeds it; the replies go to the sink.
package final class Conversation: Sendable {
  let mailbox = Mailbox()
  let outlet: Outlet
  let router: Router
  private let configuration: Configuration
  /// The processes that hold the session, if this one does not.
  private let ranked: RankedSession?
  private let over = Monitor<Int32?>(nil)
  /// Nil until it is known whether the session can begin.
  private let opening = Monitor<Bool?>(nil)
  private let saving = StopFlag()

  init(
    _ methods: [Method], _ configuration: Configuration = Configuration(),
    to sink: any Sink, recorder: Recorder? = nil, unread bound: Int = 64 << 20,
    ranked: RankedSession? = nil, onClose: @escaping @Sendable () -> Void = {}
  ) {
    self.configuration = configuration
    self.ranked = ranked
    outlet = Outlet(sink, recorder: recorder, bound: bound, onClose: onClose)
    router = Router(methods, configuration, mailbox: mailbox, outlet: outlet, recorder: recorder)
  }

  /// Makes a conversation within the process, without a recording.
  package convenience init(
    within configuration: Configuration, methods: [Method], to sink: any Sink
  ) {
    self.init(methods, configuration, to: sink)
  }

  /// Starts the thread of the session, which calls `onEnd` when everything is done and written.
  package func start(
    onIdle: @escaping @Sendable () -> Void = {},
    onEnd: @escaping @Sendable (Int32) -> Void = { _ in }
  ) throws(Fault) {
    let worker = worker(onIdle)
    let hasStarted = Thread.start(stack: 8 << 20) { [self] in
      let status = worker.run()
      opening.change { $0 = $0 ?? false }
      outlet.drain()
      over.change { $0 = status }
      onIdle()
      onEnd(status)
    }
    if !hasStarted { throw Fault(.memory, "cannot start a thread for the session") }
    guard let seconds = configuration.allowance.seconds else { return }
    let isWatched = Thread.start { [mailbox] in
      while let left = mailbox.stopLate(after: seconds) {
        usleep(1 + useconds_t(min(left, 1000) * 1e6))
      }
    }
    if !isWatched { throw Fault(.memory, "cannot start a thread for --max-seconds") }
  }

  private func worker(_ onIdle: @escaping @Sendable () -> Void) -> Worker {
    Worker(
      mailbox: mailbox, outlet: outlet, configuration: configuration, isSaving: saving,
      onIdle: onIdle, ranked: ranked, onOpen: { [opening] in opening.change { $0 = true } })
  }

  /// Runs the session on the calling thread, after the end of the input; returns the exit status.
  package func runToEnd() -> Int32 {
    let status = worker {}.run()
    outlet.drain()
    return status
  }

  /// Whether the session has begun; waits until that is known. One whose folder of `--state` cannot
  /// be opened ends before it takes a request.
  var hasBegun: Bool { opening.wait(until: { $0 != nil }, then: { $0 ?? false }) }

  package func listener() -> Listener { Listener(self, limit: configuration.limits.line) }

  /// Ends the input: queued requests are finished, then the session ends.
  func close() { mailbox.close() }

  /// Stops as soon as possible: the running request stops after its update, and queued ones are
  /// cancelled.
  package func abort() {
    for job in mailbox.abort() { job.ticket.answer(.failure(.cancelledBeforeItBegan)) }
  }

  /// Waits for the end; returns the exit status.
  package func waitForEnd() -> Int32 {
    over.wait(until: { $0 != nil }, then: { $0 ?? 0 })
  }

  /// Whether the session has ended and writes its last checkpoints.
  var isSaving: Bool { saving.isRaised && over.withLock { $0 == nil } }

  /// Whether a request has no reply yet, or a reply is not written yet.
  var isUnfinished: Bool { !mailbox.isIdle || outlet.backlog > 0 }
}
