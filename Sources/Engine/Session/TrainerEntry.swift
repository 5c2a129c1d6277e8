import Declarations
import Glibc
import JSON
import Tensors
import Variational

/// A trainer with the names of what it works on, and how its run stands.
final class TrainerEntry {
  enum State: String, Word { case idle, running, failed }

  let name: String
  let modelName: String
  let dataName: String
  let trainer: Trainer
  let validation: ValidationParams?
  let split: String?
  var state = State.idle
  var failure: Fault?
  var run: Run?

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

  /// A number of updates under way.
  final class Run {
    let amount: Amount
    let first: Int
    /// Nobody waits for its reply: its last progress tells of its end.
    let isBackground: Bool
    /// Its reports have no rate.
    let isDeterministic: Bool
    let began = Clock.seconds
    let report: (@Sendable (Progress) -> Void)?
    var reported = Clock.seconds

    init(
      _ amount: Amount, first: Int, isBackground: Bool, isDeterministic: Bool,
      report: (@Sendable (Progress) -> Void)?
    ) {
      self.amount = amount
      self.first = first
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

    /// Updates asked for, where that was the measure.
    var updates: Int? { if case .updates(let count) = amount { count } else { nil } }
  }

  /// How far to train.
  enum Amount {
    case updates(Int)
    case seconds(Double)
  }

  /// One update of the run; whatever goes wrong ends it. An update that `stop` cuts short leaves
  /// nothing behind, and the run goes on.
  func advance(in session: Session, stop: StopFlag? = nil) {
    guard let run else { return }
    guard !isOver(run) else { return end() }
    do throws(Fault) {
      try session.withTeam { (team) throws(Fault) in try trainer.step(team, stop: stop) }
      tell(run)
    } catch {
      if error.kind == .cancelled { return }
      failure = error
      end(.failed)
    }
    if self.run != nil, isOver(run) { end() }
  }

  private func isOver(_ run: Run) -> Bool {
    run.isOver(at: trainer.update) || trainer.isConverged
  }

  /// Ends the run, if there is one.
  func end(_ outcome: State = .idle) {
    guard let run else { return }
    self.run = nil
    state = outcome
    guard run.isBackground, let report = run.report else { return }
    report(progress(of: run, state: outcome))
  }

  private func tell(_ run: Run) {
    guard let report = run.report else { return }
    // The last one is about to be sent.
    if run.isBackground, run.isOver(at: trainer.update) { return }
    let done = trainer.update - run.first
    let now = Clock.seconds
    // Ten a second reach the client; by count where two runs have to be the same.
    if run.isDeterministic ? done % 100 != 0 : now - run.reported < 0.05 && done > 1 { return }
    run.reported = now
    report(progress(of: run))
  }

  private func progress(of run: Run, state: State? = nil) -> Progress {
    let done = trainer.update - run.first
    let recent = max(run.first, trainer.update - 100)..<trainer.update
    return Progress(
      trainer: name, update: done, updates: run.updates,
      elbo: means(recent).map { $0.reconstruction - $0.divergence },
      updatesPerSecond: run.isDeterministic
        ? nil : Double(done) / max(1e-9, Clock.seconds - run.began),
      state: state)
  }

  /// Mean reconstruction and divergence over updates, counted from 0; nil for none.
  func means(_ updates: Range<Int>) -> (reconstruction: Double, divergence: Double)? {
    guard !updates.isEmpty else { return nil }
    func mean(_ values: [Float]) -> Double {
      values[updates].reduce(0) { $0 + Double($1) } / Double(updates.count)
    }
    return (mean(trainer.history.reconstruction), mean(trainer.history.divergence))
  }
}
