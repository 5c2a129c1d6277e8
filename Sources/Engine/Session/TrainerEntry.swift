import Declarations
import Glibc
import JSON
import Tensors
import Variational

/// A trainer with the names of its model and data, and the state of its run.
final class TrainerEntry {
  /// The state in replies.
  enum State: String, Word { case idle, running, failed }

  /// The state of the latest run.
  enum Standing {
    case idle
    case running(Run)
    /// The fault that ended it; kept until the next run begins, or until a reply has reported it.
    case failed(Fault)
  }

  let name: String
  let modelName: String
  let dataName: String
  let trainer: Trainer
  let validation: ValidationParams?
  let split: String?
  private(set) var checkpoints: Checkpoints?
  private(set) var standing = Standing.idle

  var state: State {
    switch standing {
    case .idle: .idle
    case .running: .running
    case .failed: .failed
    }
  }

  /// The current run, if there is one.
  var run: Run? { if case .running(let run) = standing { run } else { nil } }
  /// The fault that ended the latest run, if it failed.
  var failure: Fault? { if case .failed(let fault) = standing { fault } else { nil } }

  init(
    _ name: String, model: String, data: String, split: String?, _ trainer: Trainer,
    _ validation: ValidationParams?
  ) {
    self.name = name
    modelName = model
    dataName = data
    self.split = split
    self.trainer = trainer
    self.validation = validation
  }

  /// Everything that a file of the trainer says besides its numbers.
  var record: TrainerRecord {
    var record = TrainerRecord()
    record.modelName = modelName
    record.dataName = dataName
    record.split = split
    record.sha256 = trainer.data.sha256
    record.validation = validation.json
    record.validationSha256 = trainer.validation?.data.sha256
    return record
  }

  /// Writes checkpoints from now on. Throws what `Checkpoints` throws.
  func keepCheckpoints(_ params: CheckpointParams?, in session: Session) throws(Fault) {
    guard let params else { return }
    checkpoints = try session.onAll("state of its folder") { () throws(Fault) in
      guard session.leads else { return (nil, "") }
      let checkpoints = try within("checkpoint.path") { () throws(Fault) in
        try Checkpoints(
          params, of: trainer, record, isDeterministic: session.configuration.isDeterministic)
      }
      return (checkpoints, "")
    }
  }

  /// Ends the run, if there is one, and writes the last checkpoint; returns why that failed.
  @discardableResult
  func close() -> Fault? {
    end()
    defer { checkpoints = nil }
    return checkpoints?.close(trainer)
  }

  /// A run under way.
  final class Run {
    let amount: Amount
    let first: Int
    /// Whether no request waits for it; its last progress report then tells of its end.
    let isBackground: Bool
    /// Whether its reports leave out the rate.
    let isDeterministic: Bool
    let began = Clock.seconds
    let report: (@Sendable (Progress) -> Void)?
    var reported = Clock.seconds
    /// The update of the last report that was due by count.
    var counted: Int

    init(
      _ amount: Amount, first: Int, isBackground: Bool, isDeterministic: Bool,
      report: (@Sendable (Progress) -> Void)?
    ) {
      self.amount = amount
      self.first = first
      counted = first
      self.isBackground = isBackground
      self.isDeterministic = isDeterministic
      self.report = report
    }

    func isOver(at update: Int) -> Bool {
      switch amount {
      case .updates(let count): update - first >= count
      case .seconds(let seconds): Clock.seconds - began >= seconds
      }
    }

    /// The number of updates, if that is the measure.
    var updates: Int? { if case .updates(let count) = amount { count } else { nil } }
  }

  /// The length of a run.
  enum Amount {
    case updates(Int)
    case seconds(Double)
  }

  /// Starts a run.
  func begin(_ run: Run) { standing = .running(run) }

  /// Makes one update of the run; any failure ends it. An update that `stop` interrupts is
  /// discarded, and the run continues.
  func advance(in session: Session, stop: StopFlag? = nil) {
    guard case .running(let run) = standing else { return }
    do throws(Fault) {
      guard try !isOver(run, in: session) else { return end(run, .idle) }
      try session.withTeam { (team) throws(Fault) in try trainer.step(team, stop: stop) }
      checkpoints?.note(trainer)
      tell(run)
      if try isOver(run, in: session) { end(run, .idle) }
    } catch {
      guard error.kind != .cancelled else { return }
      // Another process may have room, or read a row, that this one has not.
      if session.sharing != nil, error.kind != .notFinite { session.giveUp(error) }
      checkpoints?.flush(trainer)
      end(run, .failed(error))
    }
  }

  private func isOver(_ run: Run, in session: Session) throws(Fault) -> Bool {
    let isOver = run.isOver(at: trainer.update) || trainer.isConverged
    // Clocks differ.
    guard case .seconds = run.amount else { return isOver }
    return try session.agree(isOver)
  }

  /// Ends the run, if there is one.
  func end() { if case .running(let run) = standing { end(run, .idle) } }

  private func end(_ run: Run, _ outcome: Standing) {
    standing = outcome
    guard run.isBackground, let report = run.report else { return }
    report(progress(of: run, state: state))
  }

  /// Returns the fault of the latest run, which the reply reports, and makes the trainer idle
  /// again.
  func takeFailure() -> Fault? {
    guard case .failed(let fault) = standing else { return nil }
    standing = .idle
    return fault
  }

  private func tell(_ run: Run) {
    guard let report = run.report else { return }
    // The last report is about to be sent.
    if run.isBackground, run.isOver(at: trainer.update) { return }
    let done = trainer.update - run.first
    let now = Clock.seconds
    // At most ten reports a second reach the client; if runs must be identical, they go by count.
    if run.isDeterministic {
      // After a batch that was passed over, or on the way back, the count may be the same.
      guard done % 100 == 0, trainer.update > run.counted else { return }
      run.counted = trainer.update
    } else if now - run.reported < 0.05 && done > 1 {
      return
    }
    run.reported = now
    report(progress(of: run))
  }

  private func progress(of run: Run, state: State? = nil) -> Progress {
    // It may have gone back to before its beginning.
    let done = max(0, trainer.update - run.first)
    let recent = max(min(run.first, trainer.update), trainer.update - 100)..<trainer.update
    let (skipped, rewound) = (trainer.history.skipped.count, trainer.history.rewound)
    return Progress(
      trainer: name, update: done, updates: run.updates,
      elbo: trainer.history.means(over: recent).map { $0.reconstruction - $0.divergence },
      updatesPerSecond: run.isDeterministic
        ? nil : Double(done) / max(1e-9, Clock.seconds - run.began),
      skipped: skipped == 0 ? nil : skipped, rewound: rewound == 0 ? nil : rewound,
      warning: trainer.warning, checkpoint: failedCheckpoint, state: state)
  }
}
