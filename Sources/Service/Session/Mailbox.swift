import Engine
import JSON
import Tensors

/// The requests that wait for the worker, in order, bounded in bytes.
final class Mailbox: Sendable {
  private struct State: Sendable {
    var jobs = Queue<Job>()
    var bytes = 0
    /// The maximum of `bytes` since the mailbox was empty.
    var peak = 0
    var running: Job?
    /// When the running job was taken.
    var began = 0.0
    /// Whether the running job was stopped because its time was up.
    var isLate = false
    /// Whether a run is active in the background.
    var isBusy = false
    var isClosed = false
  }

  private let state = Monitor(State())
  /// Raised when a request should not wait for the current background update; lowered once that
  /// request has been taken.
  let interruption = StopFlag()
  private let bound: Int

  init(bound: Int = 64 << 20) { self.bound = bound }

  /// Whether fewer than `most` requests wait. The one that runs does not count, nor the first one
  /// while none runs, since the worker is about to take it.
  func hasPlace(beside most: Int) -> Bool {
    state.withLock { $0.jobs.count - ($0.running == nil ? 1 : 0) < most }
  }

  /// Appends a job; returns false if there is no room and `waiting` is false. A closed mailbox
  /// drops it.
  func post(_ job: Job, waiting: Bool) -> Bool {
    let put = { [interruption] (state: inout State) in
      if state.isClosed { return }
      if job.preemptsRuns { interruption.raise() }
      state.jobs.append(job)
      state.bytes += job.cost
      state.peak = max(state.peak, state.bytes)
    }
    // One job may always wait, whatever its size.
    let hasRoom = { [bound] (state: State) in
      state.isClosed || state.jobs.isEmpty || state.bytes + job.cost <= bound
    }
    if waiting {
      state.wait(until: hasRoom, then: put)
      return true
    }
    return state.change { state in
      guard hasRoom(state) else { return false }
      put(&state)
      return true
    }
  }

  enum Next {
    case job(Job)
    case nothing
    /// The mailbox is closed, and everything is done.
    case end
  }

  /// Returns the next job, which becomes the running one.
  func take(waiting: Bool) -> Next {
    let take = { [interruption] (state: inout State) -> Next in
      guard let job = state.jobs.popFirst() else {
        if state.isClosed { return .end }
        // The requests for which it was raised have been taken.
        interruption.lower()
        return .nothing
      }
      state.bytes -= job.cost
      state.running = job
      (state.began, state.isLate) = (Clock.seconds, false)
      return .job(job)
    }
    if !waiting { return state.change(take) }
    return state.wait(until: { !$0.jobs.isEmpty || $0.isClosed }, then: take)
  }

  /// Ends the running job; if no job is queued, returns the maximum of queued bytes since the queue
  /// was last empty.
  func finish(isBusy: Bool = false) -> Int? {
    state.change { state in
      state.running = nil
      state.isBusy = isBusy
      guard state.jobs.isEmpty else { return nil }
      defer { state.peak = 0 }
      return state.peak
    }
  }

  /// Records that the last background run has ended.
  func noteRunIsOver() { state.change { $0.isBusy = false } }

  /// Stops the oldest request with this id: signals a running one; removes and returns a queued
  /// one.
  func cancel(_ id: JSON) -> Job? {
    state.change { state in
      if let running = state.running, running.ticket.id == id {
        // The dialect comes first: otherwise the worker might stop and reply before the dialect
        // knows why.
        running.ticket.dialect.cancel()
        running.stop.raise()
        return nil
      }
      guard let job = state.jobs.removeFirst(where: { $0.ticket.id == id }) else { return nil }
      state.bytes -= job.cost
      job.ticket.dialect.cancel()
      return job
    }
  }

  /// Whether the running request was stopped because its time was up.
  var isLate: Bool { state.withLock { $0.isLate } }

  /// Waits until a request runs, and stops it if that has taken `seconds`; returns when to look
  /// again, or nil at the end.
  func stopLate(after seconds: Double) -> Double? {
    state.wait { $0.running != nil || $0.isClosed && $0.jobs.isEmpty }
    return state.withLock { state in
      guard let running = state.running else {
        return state.isClosed && state.jobs.isEmpty ? nil : 0
      }
      let left = state.began + seconds - Clock.seconds
      if left > 0 { return left }
      if !running.stop.isRaised {
        state.isLate = true
        running.stop.raise()
      }
      return seconds
    }
  }

  /// Stops the running request, if any.
  func cancelRunning() { state.withLock { $0.running?.stop.raise() } }

  /// Ends the input; queued requests are still done.
  func close() {
    state.change { state in
      state.isClosed = true
      interruption.raise()
    }
  }

  /// Lets the background run continue although requests are queued.
  func resume() { state.change { if !$0.isClosed { interruption.lower() } } }

  /// Ends the work: tells the running request to stop, and returns the queued ones.
  func abort() -> [Job] {
    state.change { state in
      state.isClosed = true
      state.running?.stop.raise()
      interruption.raise()
      state.bytes = 0
      return state.jobs.removeAll()
    }
  }

  var isClosed: Bool { state.withLock { $0.isClosed } }
  var count: Int { state.withLock { $0.jobs.count } }
  var isIdle: Bool { state.withLock { $0.jobs.isEmpty && $0.running == nil } }
  /// Whether there are no requests and no background run.
  var isQuiet: Bool { state.withLock { $0.jobs.isEmpty && $0.running == nil && !$0.isBusy } }

  /// Waits until every request has been handled.
  func waitUntilIdle() { state.wait { $0.jobs.isEmpty && $0.running == nil } }
}
