import Files
import JSON
import Tensors
import Variational

/// The checkpoints of one trainer, which a thread of their own writes.
///
/// An update waits for no more than a copy of the state. A checkpoint that is due while another is
/// written waits for its end; a better validation is copied at once, and takes the place of one
/// that still waits. If writing fails, training goes on, `failure` says why, and the next
/// checkpoint is tried in its turn.
final class Checkpoints {
  let params: CheckpointParams
  /// Whether every write is waited for, so that two runs of a log are identical.
  private let isDeterministic: Bool
  private let record: TrainerRecord
  private let queue: Monitor<Queue>
  /// The update and time at which the last regular checkpoint was due.
  private var latest: (update: Int, time: Double)
  private var bestELBO = -Double.infinity
  /// The number of validations that were looked at.
  private var validations = 0
  /// How often the trainer had gone back when the latest checkpoint was made.
  private var rewound: Int

  private struct Job: Sendable {
    let image: TrainerImage
    /// The number of updates that are still those of the folder, if the trainer went back.
    var common: Int?
    var isNewest: Bool
    var isBest: Bool
  }

  /// What the training and the thread that writes share.
  private struct Queue: Sendable {
    /// Nil while the thread writes.
    var folder: CheckpointFolder?
    var jobs: [Job] = []
    /// The number of updates in the history file.
    var recorded: Int
    var newest: CheckpointFolder.Written?
    var best: CheckpointFolder.Written?
    var failure: Fault?
    /// The number of updates that are still those of the folder, if the trainer went back and this
    /// could not be written.
    var common: Int?
    var isClosing = false
    /// Whether the thread has let go of the folder.
    var hasEnded = false

    var isIdle: Bool { folder != nil && jobs.isEmpty }
  }

  /// Opens the folder and starts the thread. Throws what `CheckpointFolder` throws, and `memory`.
  init(
    _ params: CheckpointParams, of trainer: Trainer, _ record: TrainerRecord, isDeterministic: Bool
  ) throws(Fault) {
    self.params = params
    self.record = record
    self.isDeterministic = isDeterministic
    latest = (trainer.update, Clock.seconds)
    rewound = trainer.history.rewound
    let folder = try CheckpointFolder(
      params.path, continuing: trainer.history, replacing: params.replace)
    let queue = Monitor(Queue(folder: folder, recorded: folder.count))
    self.queue = queue
    let hasStarted = Thread.start { [keep = params.keep] in
      while Self.write(queue, keep: keep) {}
      queue.change {
        $0.folder = nil
        $0.hasEnded = true
      }
    }
    guard hasStarted else { throw Fault(.memory, "cannot start a thread for checkpoints") }
    // Validations before a load count, but their states are in the folder already.
    _ = isBetter(trainer)
  }

  /// Writes the next job; returns false once the queue is closed and empty.
  private static func write(_ queue: Monitor<Queue>, keep: Int) -> Bool {
    queue.wait { !$0.jobs.isEmpty || $0.isClosing }
    // No other thread takes jobs.
    let work = queue.change { queue in
      // After a way back that could not be written, a later state does not fit the folder.
      if queue.common != nil { queue.jobs.removeAll { $0.common == nil } }
      guard !queue.jobs.isEmpty, let folder = queue.folder else {
        return (Job, CheckpointFolder)?.none
      }
      queue.folder = nil
      return (queue.jobs.removeFirst(), folder)
    }
    guard let (job, opened) = work else { return !queue.withLock(\.isClosing) }
    var folder = opened
    let outcome = Result { () throws(Fault) in
      try folder.write(
        job.image, asNewest: job.isNewest, asBest: job.isBest, keep: keep,
        common: job.common)
    }
    let count = folder.count
    queue.change { [folder] queue in
      queue.folder = folder
      queue.recorded = count
      switch outcome {
      case .success(let written):
        if job.isNewest { queue.newest = written }
        if job.isBest { queue.best = written }
        queue.failure = nil
      case .failure(let fault):
        queue.failure = fault
        queue.common = [queue.common, job.common].compactMap(\.self).min()
      }
    }
    return true
  }

  /// Looks whether a checkpoint is due after an update.
  func note(_ trainer: Trainer) {
    if trainer.history.rewound != rewound {
      // The best of the updates that were given up does not count.
      (bestELBO, validations) = (-.infinity, 0)
      _ = isBetter(trainer)
      if queue.withLock(\.isIdle) { submit(trainer, isNewest: true, isBest: false) }
      if isDeterministic { wait() }
      return
    }
    let isBest = isBetter(trainer) && params.best
    let isDue = isDue(trainer.update)
    guard isBest || isDue else { return }
    // One state waits at most; that of a better validation takes its place.
    guard isBest || queue.withLock(\.jobs.isEmpty) else { return }
    if isDue { latest = (trainer.update, Clock.seconds) }
    submit(trainer, isNewest: isDue, isBest: isBest)
    if isDeterministic { wait() }
  }

  private func isDue(_ update: Int) -> Bool {
    if let every = params.every, update / every > latest.update / every { return true }
    return params.interval.map { Clock.seconds - latest.time >= $0 } ?? false
  }

  /// Whether the latest validation is new, and the best since the warm-up.
  private func isBetter(_ trainer: Trainer) -> Bool {
    let held = trainer.history.validation
    defer { validations = held.update.count }
    var isBetter = false
    for place in min(validations, held.update.count)..<held.update.count
    where held.update[place] >= trainer.spec.warmUpEnd {
      let elbo = held.reconstruction[place] - held.divergence[place]
      if elbo > bestELBO { (bestELBO, isBetter) = (elbo, true) }
    }
    return isBetter && held.update.last == trainer.update
  }

  private func submit(_ trainer: Trainer, isNewest: Bool, isBest: Bool) {
    let returns = trainer.history.changes.filter { $0.refused != nil }.dropFirst(rewound)
    let owed = queue.withLock(\.common)
    let common = (returns.map(\.update) + [owed].compactMap(\.self)).min()
    let first = common == nil ? queue.withLock(\.recorded) : 0
    let image = Result { () throws(Fault) in try trainer.image(record, after: first) }
    if common != nil, case .success = image {
      rewound = trainer.history.rewound
      latest = (trainer.update, Clock.seconds)
    }
    queue.change { queue in
      switch image {
      case .success(let image):
        var job = Job(image: image, common: common, isNewest: isNewest, isBest: isBest)
        if let common {
          // What is copied while this one is written begins with the updates that stay.
          queue.recorded = min(queue.recorded, common)
          queue.common = nil
        } else if let place = queue.jobs.firstIndex(where: { $0.common == nil }) {
          job.isNewest = job.isNewest || queue.jobs.remove(at: place).isNewest
        }
        queue.jobs.append(job)
      case .failure(let fault): queue.failure = fault
      }
    }
  }

  /// Writes the state after the latest update unless that is done; again if something else has
  /// changed it. Returns why it could not be written.
  @discardableResult
  func flush(_ trainer: Trainer, evenIfWritten: Bool = false) -> Fault? {
    wait()
    let isWritten = queue.withLock { $0.newest?.update == trainer.update } || trainer.update == 0
    guard evenIfWritten || !isWritten || trainer.history.rewound != rewound else { return nil }
    submit(trainer, isNewest: true, isBest: false)
    wait()
    return queue.withLock(\.failure)
  }

  /// Writes the last state, and lets go of the folder.
  func close(_ trainer: Trainer) -> Fault? {
    let failure = flush(trainer)
    queue.change { $0.isClosing = true }
    queue.wait { $0.hasEnded }
    return failure
  }

  private func wait() { queue.wait { $0.isIdle } }

  /// Ends the thread after its last job.
  deinit { queue.change { $0.isClosing = true } }

  /// The standing of the checkpoints, for replies.
  var status: CheckpointStatus {
    let (newest, best, failure) = queue.withLock { ($0.newest, $0.best, $0.failure) }
    return CheckpointStatus(
      path: params.path, every: params.every, seconds: params.interval, keep: params.keep,
      newest: newest?.path, update: newest?.update, best: best?.path, failure: failure?.sentence)
  }
}
