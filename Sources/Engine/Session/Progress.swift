import Declarations
import JSON

/// The progress of a long call: the members of a `$/progress` notification besides the request's
/// id.
package struct Progress: Answer {
  package let trainer: String
  package let update: Int
  package let updates: Int?
  package let elbo: Double?
  package let updatesPerSecond: Double?
  package let skipped: Int?
  package let rewound: Int?
  package let warning: String?
  let checkpoint: CheckpointStatus?
  /// Set only in the last report of a background run.
  let state: TrainerEntry.State?

  /// A report before the end.
  package init(
    trainer: String, update: Int, updates: Int?, elbo: Double?, updatesPerSecond: Double?
  ) {
    self.init(
      trainer: trainer, update: update, updates: updates, elbo: elbo,
      updatesPerSecond: updatesPerSecond, skipped: nil, rewound: nil, warning: nil,
      checkpoint: nil, state: nil)
  }

  init(
    trainer: String, update: Int, updates: Int?, elbo: Double?, updatesPerSecond: Double?,
    skipped: Int?, rewound: Int?, warning: String?, checkpoint: CheckpointStatus?,
    state: TrainerEntry.State?
  ) {
    (self.trainer, self.update, self.updates) = (trainer, update, updates)
    (self.elbo, self.updatesPerSecond, self.state) = (elbo, updatesPerSecond, state)
    (self.skipped, self.rewound, self.warning) = (skipped, rewound, warning)
    self.checkpoint = checkpoint
  }

  /// A report that another process has written; nil if it is none.
  package init?(json: JSON) {
    func number(_ name: String, in json: JSON) -> Int? {
      if case .int(let number) = json[name] { number } else { nil }
    }
    func real(_ name: String, in json: JSON) -> Double? {
      if case .real(let real) = json[name] { return real }
      return number(name, in: json).map(Double.init)
    }
    guard let trainer = json["trainer"]?.text, let update = number("update", in: json) else {
      return nil
    }
    self.init(
      trainer: trainer, update: update, updates: number("updates", in: json),
      elbo: real("elbo", in: json), updatesPerSecond: real("updatesPerSecond", in: json),
      skipped: number("skipped", in: json), rewound: number("rewound", in: json),
      warning: json["warning"]?.text,
      checkpoint: json["checkpoint"].map { status in
        CheckpointStatus(
          path: status["path"]?.text ?? "", every: number("every", in: status),
          seconds: real("seconds", in: status), keep: number("keep", in: status) ?? 0,
          newest: status["newest"]?.text, update: number("update", in: status),
          best: status["best"]?.text, failure: status["failure"]?.text)
      },
      state: json["state"]?.text.flatMap(TrainerEntry.State.init))
  }

  /// Whether the run is over; this report must reach the client even if others are dropped.
  package var isLast: Bool { state != nil }

  package static let members: [Member<Progress>] = [
    Member("trainer", \.trainer, "The trainer that runs."),
    Member("update", \.update, "Weight updates done in this call."),
    Member("updates", \.updates, "Number of weight updates requested, if the request gave one."),
    Member("elbo", \.elbo, "Mean ELBO of the latest updates, in nats."),
    Member("updatesPerSecond", \.updatesPerSecond, "Rate since the call began.", isVolatile: true),
    Member("skipped", \.skipped, skippedSummary), Member("rewound", \.rewound, rewoundSummary),
    Member("warning", \.warning, collapseSummary),
    Member("checkpoint", \.checkpoint, failedCheckpointSummary),
    Member(
      "state", \.state,
      "State after the run, idle or failed; only in the last notification of a trainer.start."),
  ]
}
