import Engine
import JSON
import Tensors

/// A request on its way to the worker.
struct Job: Sendable {
  enum Work: Sendable {
    case run(Method, JSON)
    /// A known outcome, which only keeps its turn.
    case answer(Result<JSON, Fault>)
    case shutdown
    case exit
  }

  let ticket: Ticket
  let work: Work
  let stop = StopFlag()
  /// The approximate number of bytes that it takes in the queue.
  let cost: Int

  /// Whether it interrupts the current update of a background run.
  var preemptsRuns: Bool {
    switch work {
    case .run(let method, _): method.preemptsRuns
    case .answer: false
    case .shutdown, .exit: true
    }
  }

  /// Returns what to answer if no more than `most` requests may wait; nil for what always has a
  /// place.
  func refusal(beyond most: Int) -> Result<JSON, Fault>? {
    switch work {
    case .run: .failure(.queueFull(most))
    case .answer(let outcome): outcome
    case .shutdown, .exit: nil
    }
  }

  init(_ ticket: Ticket, _ work: Work) {
    self.ticket = ticket
    self.work = work
    cost = if case .run(_, let params) = work { 512 + params.footprint } else { 512 }
  }
}
