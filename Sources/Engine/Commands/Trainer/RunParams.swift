import Declarations
import JSON
import Variational

/// The parameters of a run.
struct RunParams: Described {
  var trainer = ""
  var extent = Extent()
  var partial = false
  var progress = false

  static let fields: [Field<RunParams>] =
    [Field("trainer", \.trainer, "The trainer.", required: true, faults: .lookup)]
    + Field.all(of: \.extent) + [
      Field(
        "partial", \.partial,
        "Whether the run may end before the objective's warm-up, as one of several runs."),
      Field("progress", \.progress, "Whether $/progress notifications are sent."),
    ]
}

/// The length of a run, in one of three measures.
struct Extent: Described {
  var updates: Int?
  var epochs: Int?
  var seconds: Double?

  static let fields: [Field<Extent>] = [
    Field(
      "updates", \.updates,
      "Number of weight updates; trainer.step makes one if nothing is given, and says so.",
      .count(from: 1)),
    Field("epochs", \.epochs, "Number of passes over all rows.", .count(from: 1)),
    Field("seconds", \.seconds, "Time to train; the update under way is finished.", .above(0)),
  ]

  /// Whether the client said how far to train.
  var isGiven: Bool { updates != nil || epochs != nil || seconds != nil }

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

extension TrainerEntry {
  /// Prepares and starts a run. Throws `wrongState` if one is under way.
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
    begin(run)
    session.noteBeginning()
    return run
  }

  /// Throws `params` if the run ends before the objective's warm-up, because its last updates would
  /// not maximise the objective that was asked for.
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
