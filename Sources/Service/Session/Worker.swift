import CGlibc
import Engine
import Files
import JSON
import Synchronization
import Tensors

/// The thread that owns the session, which no other thread accesses.
///
/// A thread and not an actor: an actor would occupy a pool thread during long products, and an
/// `await` would let in another message in the middle of an update.
struct Worker: Sendable {
  let mailbox: Mailbox
  let outlet: Outlet
  let configuration: Configuration
  /// Raised when the session ends and still has checkpoints to write.
  let isSaving: StopFlag
  /// Called after a request when no other is queued.
  let onIdle: @Sendable () -> Void

  /// The processes that hold the session, if this one does not.
  var ranked: RankedSession?

  /// Called once requests can be taken; not at all if the session cannot begin.
  var onOpen: @Sendable () -> Void = {}

  /// Serves requests until the mailbox is closed and empty, or `exit` arrives; returns the exit
  /// status.
  func run() -> Int32 {
    let own = Session(configuration)
    let session: any Executor = ranked ?? own
    defer {
      if session.hasCheckpoints || configuration.state != nil { isSaving.raise() }
      for failure in session.close() { say("elbo: not saved: \(failure.sentence)") }
    }
    if let state = configuration.state {
      do throws(Fault) { try own.keep(in: state, onOpen: onOpen) } catch {
        let hint = error.hint.map { "; \($0)" } ?? ""
        say("elbo: --state: \(error.sentence)\(hint)")
        return 1
      }
    } else {
      onOpen()
    }
    var isShutDown = false
    while true {
      let isBusy = session.isBusy && !isShutDown
      if !isBusy {
        outlet.waitForRoom()
      } else if !outlet.hasRoom {
        mailbox.resume()
        advance(session)
        continue
      }
      switch mailbox.take(waiting: !isBusy) {
      case .end: return 0
      case .nothing: advance(session)
      case .job(let job):
        switch job.work {
        case .run(let method, let params):
          let fault = isShutDown ? Self.shutDown : job.ticket.batch?.fault
          let outcome = Result { () throws(Fault) in
            if let fault { throw fault }
            try Memory.requireReserve()
            return try session.run(method, params, call(job, params))
          }
          job.ticket.answer(inTime(outcome, of: method))
        case .answer(let outcome): job.ticket.answer(outcome)
        case .shutdown:
          isShutDown = true
          job.ticket.answer(.success(.null))
        case .exit:
          job.ticket.answer(.success(.null))
          // Queued requests get no reply, since their sender no longer listens.
          _ = mailbox.abort()
          _ = mailbox.finish()
          return isShutDown ? 0 : 1
        }
        if let peak = mailbox.finish(isBusy: session.isBusy && !isShutDown) {
          // Frees the memory of a long queue, which the allocator would keep.
          if peak > 1 << 20 { malloc_trim(0) }
          onIdle()
        }
      }
    }
  }

  /// Makes one update of the background run; calls `onIdle` when it ends.
  private func advance(_ session: any Executor) {
    session.advance(stop: mailbox.interruption)
    if !session.isBusy {
      mailbox.noteRunIsOver()
      onIdle()
    }
  }

  /// Returns the outcome, or `timeUp` if the call was stopped because its time was up.
  private func inTime(
    _ outcome: Result<JSON, Fault>, of method: Method
  ) -> Result<JSON, Fault> {
    guard let seconds = configuration.allowance.seconds, mailbox.isLate else { return outcome }
    switch outcome {
    case .failure(let fault) where fault.kind == .cancelled:
      return .failure(.timeUp(after: seconds, "nothing has changed"))
    case .success(let reply):
      return method.whatStays(reply).map { .failure(.timeUp(after: seconds, $0)) } ?? outcome
    default: return outcome
    }
  }

  private static let shutDown = Fault(
    .request, "the engine is shut down", expected: "exit after shutdown",
    hint: "start the program again")

  private func call(_ job: Job, _ params: JSON) -> Call {
    guard let id = job.ticket.id, params["progress"] == .bool(true) else {
      return Call(stop: job.stop)
    }
    let gate = Gate()
    return Call(stop: job.stop) { [ticket = job.ticket, outlet, configuration] progress in
      if progress.isLast {
        guard let body = ticket.dialect.progress(progress, of: id)?.bytes else { return }
        // Never dropped, and no older report follows it.
        outlet.send(body, endingProgressOf: ticket.number)
      } else if configuration.isDeterministic {
        // The engine counts these reports, and none may be left out, so the work waits for the
        // client.
        guard let body = ticket.dialect.progress(progress, of: id)?.bytes else { return }
        outlet.waitForRoom()
        outlet.send(body)
      } else if gate.opens(), let body = ticket.dialect.progress(progress, of: id)?.bytes {
        outlet.sendProgress(body, of: ticket.number)
      }
    }
  }
}

/// A gate that opens at most ten times a second.
private final class Gate: Sendable {
  private let next = Atomic<UInt64>(0)

  func opens() -> Bool {
    let now = Clock.nanoseconds
    guard now >= next.load(ordering: .relaxed) else { return false }
    next.store(now &+ 100_000_000, ordering: .relaxed)
    return true
  }
}
