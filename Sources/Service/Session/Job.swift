import Engine
import JSON
import Tensors

/// A request on its way to the worker.
struct Job: Sendable {
  enum Work: Sendable {
    case run(Method, JSON)
    /// What is known already, and only waits for its turn.
    case answer(Result<JSON, Fault>)
    case shutdown
    case exit
  }

  let ticket: Ticket
  let work: Work
  let stop = StopFlag()
  /// About how many bytes it takes while it waits.
  let cost: Int

  /// Whether the update of a run in the background is given up for it.
  var preemptsRuns: Bool {
    switch work {
    case .run(let method, _): method.preemptsRuns
    case .answer: false
    case .shutdown, .exit: true
    }
  }

  init(_ ticket: Ticket, _ work: Work) {
    self.ticket = ticket
    self.work = work
    cost = if case .run(_, let params) = work { 512 + params.footprint } else { 512 }
  }
}
