import DataSources
import Declarations
import JSON
import Tensors
import Variational

/// The description of a trainer.
struct TrainerReply: Answer {
  let trainer: String
  let state: TrainerEntry.State
  let update: Int
  let epoch: Int
  let model: String
  let data: String
  let rows: Int
  let objective: Choice<ObjectiveKind>
  let optimizer: Choice<OptimizerKind>
  let schedule: Choice<ScheduleKind>?
  let batch: Int
  let lastBatch: LastBatch?
  let seed: Int
  let balance: Bool?
  let augment: [Choice<AugmentationKind>]?
  let clip: Double?
  let validation: ValidationParams?
  let elbo: Float?
  let reconstruction: Float?
  let divergence: Float?
  let failure: String?
  let warmUpLeft: Int?
  let averaging: Averaging?
  let stopping: Stopping?
  let best: Best?
  let onRefusal: Choice<PolicyKind>?
  let skipped: Int?
  let rewound: Int?
  let changes: [Change]?
  let stopped: String?
  let checkpoint: CheckpointStatus?
  let hash: String?
  let warning: String?
  let notes: [String]?

  /// The best validation so far.
  struct Best: Answer {
    let update: Int
    let elbo: Double

    static let members: [Member<Best>] = [
      Member("update", \.update, "Update after which the validation was made."),
      Member("elbo", \.elbo, "Mean ELBO of the validation rows, in nats."),
    ]
  }

  /// The number of changes in a reply; `trainer.history` has all.
  private static let changesShown = 10

  /// `warning` is what a load has to say; only `trainer.info` gives a `hash`.
  init(_ entry: TrainerEntry, hash: String? = nil, warning: String? = nil, notes: [String] = []) {
    let trainer = entry.trainer
    self.trainer = entry.name
    state = entry.state
    update = trainer.update
    epoch = trainer.update / trainer.updatesPerEpoch
    model = entry.modelName
    data = entry.dataName
    rows = trainer.rows.count
    objective = trainer.spec.objective
    optimizer = trainer.spec.optimizer
    schedule = trainer.spec.schedule.product is ConstantRate ? nil : trainer.spec.schedule
    batch = trainer.spec.batch
    lastBatch = trainer.spec.lastBatch
    seed = trainer.spec.seed
    (balance, augment) = (trainer.spec.balance, trainer.spec.augment)
    clip = trainer.spec.clip
    validation = entry.validation
    let (above, below) = (trainer.history.reconstruction.last, trainer.history.divergence.last)
    (reconstruction, divergence) = (above, below)
    elbo = above.flatMap { above in below.map { above - $0 } }
    failure = entry.failure?.message
    warmUpLeft = trainer.warmUpLeft
    averaging = trainer.spec.averaging
    stopping = trainer.spec.stopping
    best = trainer.standing.bestUpdate.map {
      Best(update: $0, elbo: trainer.standing.bestELBO)
    }
    onRefusal = trainer.spec.onRefusal
    skipped = trainer.history.skipped.isEmpty ? nil : trainer.history.skipped.count
    rewound = trainer.history.rewound == 0 ? nil : trainer.history.rewound
    let changes = trainer.history.changes.suffix(Self.changesShown)
    self.changes = changes.isEmpty ? nil : Array(changes)
    stopped = trainer.isConverged ? "converged" : nil
    checkpoint = entry.checkpoints?.status
    self.hash = hash
    let warnings = [warning, trainer.warning].compactMap(\.self)
    self.warning = warnings.isEmpty ? nil : warnings.joined(separator: ". ")
    self.notes = notes.isEmpty ? nil : notes
  }

  static let members: [Member<TrainerReply>] = [
    Member("trainer", \.trainer, "The trainer's name."),
    Member("state", \.state, "idle, running in the background, or failed."),
    Member("update", \.update, "Weight updates done."),
    Member("epoch", \.epoch, "Passes made over all rows."),
    Member("model", \.model, "The model's name."),
    Member("data", \.data, "The data set's name."),
    Member("rows", \.rows, "Number of rows that are trained on."),
    Member("objective", \.objective, "Objective that is maximised."),
    Member("optimizer", \.optimizer, "Optimizer of the parameters."),
    Member("schedule", \.schedule, "Schedule of the factor on the rate, unless it is constant."),
    Member("batch", \.batch, "Largest number of examples in an update."),
    Member("lastBatch", \.lastBatch, "Treatment of the rows left over at the end of an epoch."),
    Member("seed", \.seed, "Seed of the order of the rows and of the noise."),
    Member(
      "balance", \.balance, "Whether classes are equally frequent in batches, if it was given."),
    Member("augment", \.augment, "Random changes of the rows of a batch, if there are any."),
    Member("clip", \.clip, "Largest norm of the gradient."),
    Member("validation", \.validation, "Rows that are validated, and how often."),
    Member("elbo", \.elbo, "ELBO of the latest update's batch, in nats."),
    Member(
      "reconstruction", \.reconstruction, "E_q log p(x|z) of the latest update's batch, in nats."),
    Member("divergence", \.divergence, "KL(q(z|x) || p(z)) of the latest update's batch, in nats."),
    Member("failure", \.failure, "Why the latest run failed, if it did."),
    Member("warmUpLeft", \.warmUpLeft, warmUpLeftSummary),
    Member("averaging", \.averaging, "How weights are averaged, if they are."),
    Member("stopping", \.stopping, "When training ends by itself, if it does."),
    Member("best", \.best, "The best validation so far, if \"stopping\" was given."),
    Member("onRefusal", \.onRefusal, "What is done about a refused update, if it was given."),
    Member("skipped", \.skipped, skippedSummary), Member("rewound", \.rewound, rewoundSummary),
    Member(
      "changes", \.changes,
      "The latest changes of the settings, ten at most, if there are any; trainer.history has all."),
    Member(
      "stopped", \.stopped,
      "\"converged\" if stopping has ended the training; the trainer makes no further update."),
    Member("checkpoint", \.checkpoint, "The checkpoints, if they are written."),
    Member("hash", \.hash, stateHashSummary + " Only in trainer.info, on request."),
    Member(
      "warning", \.warning,
      "What goes wrong: latents that say nothing about the rows, or a bound that has run away; in the reply to trainer.load also what the file does not record and was therefore not compared."
    ),
    Member(
      "notes", \.notes, "What looks wrong, each with a way out; only in the reply of a create."),
  ]
}

/// The only parameter: the name of a trainer.
struct TrainerParams: Described {
  var trainer = ""
  static let fields: [Field<TrainerParams>] = [
    Field("trainer", \.trainer, "The trainer.", required: true, faults: .lookup)
  ]
}

let skippedSummary = "Batches that were passed over because an update was refused, if any."
let rewoundSummary =
  "How often the trainer went back to a snapshot because an update was refused, if it did."
let collapseSummary =
  "What goes wrong, while it does: latents that say nothing about the rows, or a bound that has run away."
let warmUpLeftSummary =
  "Updates left in the objective's warm-up, while it lasts; until it ends, the objective that is maximised is not the one requested."
