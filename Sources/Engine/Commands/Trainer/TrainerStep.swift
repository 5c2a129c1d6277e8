import Declarations
import JSON

enum TrainerStep: Command {
  static let method = "trainer.step"
  static let effect = Effect.trains
  static let faults: [Fault.Kind] = [.wrongState, .notFinite]
  static let summary = "Trains, and returns when done."

  struct Reply: Answer {
    let update: Int
    let elbo: Double?
    let reconstruction: Double?
    let divergence: Double?
    let updates: Int
    let stopped: String?
    let warmUpLeft: Int?
    let skipped: Int?
    let rewound: Int?
    let checkpoint: CheckpointStatus?
    let notes: [String]?

    static let members: [Member<Reply>] = [
      Member("update", \.update, "Weight updates done since the trainer was created."),
      Member("elbo", \.elbo, "Mean ELBO over the updates of this call, in nats."),
      Member(
        "reconstruction", \.reconstruction,
        "Mean E_q log p(x|z) over the updates of this call, in nats."),
      Member(
        "divergence", \.divergence,
        "Mean KL(q(z|x) || p(z)) over the updates of this call, in nats."),
      Member("updates", \.updates, "Weight updates of this call."),
      Member(
        "stopped", \.stopped,
        "\"cancelled\" if the call was cancelled, \"converged\" if stopping has ended the training."
      ),
      Member("warmUpLeft", \.warmUpLeft, warmUpLeftSummary),
      Member("skipped", \.skipped, skippedSummary), Member("rewound", \.rewound, rewoundSummary),
      Member("checkpoint", \.checkpoint, failedCheckpointSummary),
      Member("notes", \.notes, "What looks wrong, each with a way out, if anything does."),
    ]
  }

  static func whatStays(_ reply: JSON) -> String? {
    guard reply["stopped"] == "cancelled", let update = reply["update"] else { return nil }
    return "the trainer has made \(update.line) updates, and goes on from there"
  }

  static func run(_ params: RunParams, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let entry = try session.trainers.find(params.trainer, at: "trainer")
    let trainer = entry.trainer
    let (skipped, rewound) = (trainer.history.skipped.count, trainer.history.rewound)
    let run = try entry.begin(params, preset: 1, in: session, call)
    while entry.run != nil, try session.agree(!call.stop.isRaised) {
      entry.advance(in: session, stop: call.stop)
    }
    let isCancelled = entry.run != nil
    if isCancelled { entry.end() }
    // The client now learns of the failure, so it is cleared.
    if let failure = entry.takeFailure() { throw failure }
    // It may have gone back to before its beginning.
    let done = min(run.first, trainer.update)..<trainer.update
    let means = trainer.history.means(over: done)
    var notes: [String] = []
    if !params.extent.isGiven {
      notes.append("one update was made, since none of updates, epochs and seconds was given")
    }
    if !params.partial, done.contains(max(0, trainer.spec.objective.product.warmUpEnd - 1)),
      let note = trainer.spec.noteOnWarmUp(of: trainer.update)
    {
      notes.append(note)
    }
    func more(_ count: Int, than before: Int) -> Int? { count > before ? count - before : nil }
    return Reply(
      update: trainer.update, elbo: means.map { $0.reconstruction - $0.divergence },
      reconstruction: means?.reconstruction, divergence: means?.divergence, updates: done.count,
      stopped: isCancelled ? "cancelled" : trainer.isConverged ? "converged" : nil,
      warmUpLeft: trainer.warmUpLeft,
      skipped: more(trainer.history.skipped.count, than: skipped),
      rewound: more(trainer.history.rewound, than: rewound),
      checkpoint: entry.failedCheckpoint,
      notes: notes.isEmpty ? nil : notes)
  }
}
