import JSON

/// The faults of requests that the service does not let run, or not to their end.
extension Fault {
  static let cancelledBeforeItBegan = Fault(
    .cancelled, "cancelled before it began", hint: "nothing has changed")

  /// The fault of a request beyond those that may wait.
  static func queueFull(_ most: Int) -> Fault {
    Fault(
      .queueFull, "\(most) requests wait already, as many as --max-pending allows",
      expected: "at most \(most) waiting requests", got: "one more",
      hint: "send it again after a reply, or start elbo with a larger --max-pending")
  }

  /// The fault of a request that ran too long; `standing` says what it has left.
  static func timeUp(after seconds: Double, _ standing: String) -> Fault {
    let time = "\(JSON.real(seconds).line) s"
    return Fault(
      .timeUp, "stopped after \(time), which is what --max-seconds allows; \(standing)",
      expected: "a request of at most \(time)", got: "a longer one",
      hint:
        "ask for less at a time, train with trainer.start, or start elbo with a larger --max-seconds"
    )
  }
}
