import Engine
import JSON
import Tensors

/// The requests that wait for the worker, in their order, bounded in bytes.
final class Mailbox: Sendable {
  private struct State: Sendable {
    var jobs = Queue<Job>()
    var bytes = 0
    /// Most bytes since the mailbox was empty.
    var peak = 0
    var running: Job?
    /// A run goes on in the background.
    var isBusy = false
    var isClosed = false
  }

  private let state = Monitor(State())
  /// Raised where the background's update under way is in the way of something; lowered once that
  /// has been taken.
  let interruption = StopFlag()
  private let bound: Int

  init(bound: Int = 64 << 20) { self.bound = bound }

  /// Puts a job at the end; false, without `waiting`, when there is no room. A closed mailbox drops
  /// it.
  func post(_ job: Job, waiting: Bool) -> Bool {
    let put = { [interruption] (state: inout State) in
      if state.isClosed { return }
      if job.preemptsRuns { interruption.raise() }
      state.jobs.append(job)
      state.bytes += job.cost
      state.peak = max(state.peak, state.bytes)
    }
    // However large, one job may always wait.
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
    /// Closed, and everything is done.
    case end
  }

  /// The next job, which from now on is the running one.
  func take(waiting: Bool) -> Next {
    let take = { [interruption] (state: inout State) -> Next in
      guard let job = state.jobs.popFirst() else {
        if state.isClosed { return .end }
        // Whatever it was raised for has been taken.
        interruption.lower()
        return .nothing
      }
      state.bytes -= job.cost
      state.running = job
      return .job(job)
    }
    if !waiting { return state.change(take) }
    return state.wait(until: { !$0.jobs.isEmpty || $0.isClosed }, then: take)
  }

  /// The running job is answered; returns, when none waits, how many bytes did since that was so
  /// the last time.
  func finish(isBusy: Bool = false) -> Int? {
    state.change { state in
      state.running = nil
      state.isBusy = isBusy
      guard state.jobs.isEmpty else { return nil }
      defer { state.peak = 0 }
      return state.peak
    }
  }

  /// The last run in the background is over.
  func noteRunIsOver() { state.change { $0.isBusy = false } }

  /// Stops the oldest request of that id: a running one is told, a waiting one is taken out and
  /// handed back.
  func cancel(_ id: JSON) -> Job? {
    state.change { state in
      if let running = state.running, running.ticket.id == id {
        // Told first: else the worker might stop and answer before its dialect knows why.
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

  /// Stops the running request, if any.
  func cancelRunning() { state.withLock { $0.running?.stop.raise() } }

  /// Nothing more will come; what waits is still done.
  func close() {
    state.change { state in
      state.isClosed = true
      interruption.raise()
    }
  }

  /// Lets the background go on although requests wait.
  func resume() { state.change { if !$0.isClosed { interruption.lower() } } }

  /// Nothing more will be done: the running request is told to stop, those that wait are handed
  /// back.
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
  /// Nothing is asked for, and nothing goes on in the background.
  var isQuiet: Bool { state.withLock { $0.jobs.isEmpty && $0.running == nil && !$0.isBusy } }

  /// Waits until every request that came in is answered.
  func waitUntilIdle() { state.wait { $0.jobs.isEmpty && $0.running == nil } }
}
