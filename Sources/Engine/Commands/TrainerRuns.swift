import JSON
import Variational

/// How far to train: one of three measures.
struct Extent: Described {
  var updates: Int?
  var epochs: Int?
  var seconds: Double?

  static let fields: [Field<Extent>] = [
    Field(
      "updates", \.updates, "Weight updates; trainer.step makes one where nothing is given.",
      .count(from: 1)),
    Field("epochs", \.epochs, "Times through all rows.", .count(from: 1)),
    Field("seconds", \.seconds, "Time; the update under way is finished.", .above(0)),
  ]

  func amount(for trainer: Trainer, preset: Int?) throws(Fault) -> TrainerEntry.Amount {
    let names = [
      ("updates", updates != nil), ("epochs", epochs != nil), ("seconds", seconds != nil),
    ]
    let given = names.filter(\.1).map(\.0)
    guard given.count < 2 else {
      throw Fault(
        .params,
        "expected one of updates, epochs and seconds, got \(given.joined(separator: " and "))",
        path: given[1], expected: "one of updates, epochs and seconds",
        got: given.joined(separator: " and "))
    }
    if let seconds { return .seconds(seconds) }
    if let epochs {
      let (product, isTooLarge) = epochs.multipliedReportingOverflow(by: trainer.updatesPerEpoch)
      return .updates(isTooLarge ? .max : product)
    }
    guard let updates = updates ?? preset else {
      throw Fault(
        .params, "expected how far to train, got nothing", path: "updates",
        expected: "one of updates, epochs and seconds", got: "nothing")
    }
    return .updates(updates)
  }
}

/// A run that is asked for.
struct RunParams: Described {
  var trainer = ""
  var extent = Extent()
  var partial = false
  var progress = false

  static let fields: [Field<RunParams>] =
    [Field("trainer", \.trainer, "The trainer.", required: true)] + Field.all(of: \.extent) + [
      Field(
        "partial", \.partial,
        "Whether the run may end before the objective's warm-up does: one of several runs."),
      Field("progress", \.progress, "Whether $/progress notifications are sent."),
    ]
}

extension TrainerEntry {
  /// Sets a run up. Throws `wrongState` where one is under way.
  func begin(
    _ params: RunParams, preset: Int?, isBackground: Bool = false, in session: Session, _ call: Call
  ) throws(Fault) -> Run {
    guard run == nil else {
      throw Fault(
        .wrongState, "trainer \"\(name)\" runs in the background", path: "trainer",
        expected: "a trainer that is idle", got: "running",
        hint: "wait for it with trainer.wait, or end it with trainer.stop")
    }
    let amount = try params.extent.amount(for: trainer, preset: preset)
    if !params.partial { try requireWarmUp(params.extent, amount) }
    let run = Run(
      amount, first: trainer.update, isBackground: isBackground,
      isDeterministic: session.configuration.isDeterministic,
      report: params.progress ? call.report : nil)
    if let updates = run.updates { try trainer.reserve(updates) }
    failure = nil
    state = .running
    self.run = run
    return run
  }

  /// Throws `params` where the run ends before the objective's warm-up does: its last updates would
  /// not maximise what was asked for.
  private func requireWarmUp(_ extent: Extent, _ amount: Amount) throws(Fault) {
    guard let left = trainer.warmUpLeft, case .updates(let count) = amount, count < left else {
      return
    }
    throw Fault(
      .params, "the objective's warm-up ends in \(left) updates, and this run in \(count)",
      path: extent.epochs == nil ? "updates" : "epochs", expected: "at least \(left) updates",
      got: "\(count) updates",
      hint:
        "train longer, give \"partial\": true if this is one of several runs, or shorten the warm-up"
    )
  }
}

enum TrainerStep: Command {
  static let method = "trainer.step"
  static let faults: [Fault.Kind] = [.wrongState, .notFinite]
  static let summary = "Trains, and answers when it is done."

  struct Reply: Described {
    var update = 0
    var elbo: Double?
    var reconstruction: Double?
    var divergence: Double?
    var updates = 0
    var stopped: String?
    var warmUpLeft: Int?

    static let fields: [Field<Reply>] = [
      Field("update", \.update, "Weight updates done since the trainer was created."),
      Field("elbo", \.elbo, "Mean over the updates of this call, in nats."),
      Field("reconstruction", \.reconstruction, "Likewise: E_q log p(x|z)."),
      Field("divergence", \.divergence, "Likewise: KL(q(z|x) || p(z))."),
      Field("updates", \.updates, "Weight updates of this call."),
      Field(
        "stopped", \.stopped,
        "\"cancelled\", where it was; \"converged\", where no better validation has come."),
      Field("warmUpLeft", \.warmUpLeft, warmUpLeftSummary),
    ]
  }

  static func run(_ params: RunParams, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let entry = try session.trainers.find(params.trainer, at: "trainer")
    let run = try entry.begin(params, preset: 1, in: session, call)
    while entry.run != nil, !call.stop.isRaised { entry.advance(in: session, stop: call.stop) }
    var reply = Reply()
    if entry.run != nil {
      reply.stopped = "cancelled"
      entry.end()
    }
    if entry.trainer.isConverged, reply.stopped == nil { reply.stopped = "converged" }
    if let failure = entry.failure {
      // The caller is told; there is nothing left to ask about.
      entry.failure = nil
      entry.state = .idle
      throw failure
    }
    let done = run.first..<entry.trainer.update
    reply.update = entry.trainer.update
    reply.updates = done.count
    reply.warmUpLeft = entry.trainer.warmUpLeft
    if let means = entry.means(done) {
      reply.reconstruction = means.reconstruction
      reply.divergence = means.divergence
      reply.elbo = means.reconstruction - means.divergence
    }
    return reply
  }
}

enum TrainerStart: Command {
  static let method = "trainer.start"
  static let faults: [Fault.Kind] = [.wrongState]
  static let summary = "Trains in the background; other requests are served between two updates."

  struct Reply: Described {
    var state = TrainerEntry.State.running
    static let fields: [Field<Reply>] = [Field("state", \.state, "running.")]
  }

  static func run(_ params: RunParams, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let entry = try session.trainers.find(params.trainer, at: "trainer")
    _ = try entry.begin(params, preset: nil, isBackground: true, in: session, call)
    return Reply()
  }
}

enum TrainerWait: Command {
  static let method = "trainer.wait"
  static let summary = "Answers when the background run is over, or the time is up."

  struct Params: Described {
    var trainer = ""
    var seconds: Double?
    static let fields: [Field<Params>] = [
      Field("trainer", \.trainer, "The trainer.", required: true),
      Field("seconds", \.seconds, "The longest to wait.", .from(0)),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> TrainerReply
  {
    let entry = try session.trainers.find(params.trainer, at: "trainer")
    let end = params.seconds.map { Clock.seconds + $0 }
    while entry.run != nil, !call.stop.isRaised {
      if let end, Clock.seconds >= end { break }
      // Runs that began earlier go on too, each in its turn.
      session.advance(stop: call.stop)
    }
    return TrainerReply(entry)
  }
}

enum TrainerStop: Command {
  static let method = "trainer.stop"
  static let summary =
    "Ends the background run; an update under way is given up, and leaves nothing behind."
  static let interruptsRuns = true

  static func run(_ params: TrainerParams, in session: Session, _: Call) throws(Fault)
    -> TrainerReply
  {
    let entry = try session.trainers.find(params.trainer, at: "trainer")
    entry.end()
    return TrainerReply(entry)
  }
}
