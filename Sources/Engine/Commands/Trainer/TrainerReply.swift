import DataSources
import Declarations
import JSON
import Tensors
import Variational

/// The description of a trainer.
struct TrainerReply: Described {
  var trainer = ""
  var state = TrainerEntry.State.idle
  var update = 0
  var epoch = 0
  var model = ""
  var data = ""
  var rows = 0
  var objective: Choice<ObjectiveKind>?
  var optimizer: Choice<OptimizerKind>?
  var batch = 0
  var lastBatch: LastBatch?
  var seed = 0
  var clip: Double?
  var validation: ValidationParams?
  var elbo: Float?
  var reconstruction: Float?
  var divergence: Float?
  var failure: String?
  var warmUpLeft: Int?
  var averaging: Averaging?
  var stopping: Stopping?
  var best: Best?
  var stopped: String?
  var warning: String?

  /// The best validation so far.
  struct Best: Described {
    var update = 0
    var elbo = 0.0

    static let fields: [Field<Best>] = [
      Field("update", \.update, "The update after which it was made."),
      Field("elbo", \.elbo, "Mean ELBO of the validation rows, in nats."),
    ]
  }

  init() {}

  init(_ entry: TrainerEntry) {
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
    batch = trainer.spec.batch
    lastBatch = trainer.spec.lastBatch
    seed = trainer.spec.seed
    clip = trainer.spec.clip
    validation = entry.validation
    reconstruction = trainer.history.reconstruction.last
    divergence = trainer.history.divergence.last
    if let reconstruction, let divergence { elbo = reconstruction - divergence }
    failure = entry.failure?.message
    warmUpLeft = trainer.warmUpLeft
    averaging = trainer.spec.averaging
    stopping = trainer.spec.stopping
    if let update = trainer.standing.bestUpdate {
      best = Best(update: update, elbo: trainer.standing.bestELBO)
    }
    if trainer.isConverged { stopped = "converged" }
  }

  static let fields: [Field<TrainerReply>] = [
    Field("trainer", \.trainer, "The trainer's name."),
    Field("state", \.state, "idle, running in the background, or failed."),
    Field("update", \.update, "Weight updates done."),
    Field("epoch", \.epoch, "Passes made over all rows."),
    Field("model", \.model, "The model's name."),
    Field("data", \.data, "The data set's name."),
    Field("rows", \.rows, "Rows that are trained on."),
    Field("objective", \.objective, "What is maximised.", required: true),
    Field("optimizer", \.optimizer, "How the parameters move.", required: true),
    Field("batch", \.batch, "Examples in an update, at most."),
    Field("lastBatch", \.lastBatch, "What becomes of the rows that an epoch has left over."),
    Field("seed", \.seed, "Of the order of the rows and of the noise."),
    Field("clip", \.clip, "Largest norm of the gradient."),
    Field("validation", \.validation, "What is validated, and when."),
    Field("elbo", \.elbo, "Of the latest update's batch, in nats."),
    Field("reconstruction", \.reconstruction, "Likewise: E_q log p(x|z)."),
    Field("divergence", \.divergence, "Likewise: KL(q(z|x) || p(z))."),
    Field("failure", \.failure, "Why the latest run failed, where it did."),
    Field("warmUpLeft", \.warmUpLeft, warmUpLeftSummary),
    Field("averaging", \.averaging, "How weights are averaged, where they are."),
    Field("stopping", \.stopping, "When training ends by itself, where it does."),
    Field("best", \.best, "The best validation so far, where \"stopping\" looks at them."),
    Field(
      "stopped", \.stopped,
      "\"converged\", where no better validation has come; it makes no further update."),
    Field(
      "warning", \.warning,
      "Only in the reply to trainer.load: what the file does not say, so that it was not compared."),
  ]
}

/// The name of a trainer, as the only parameter.
struct TrainerParams: Described {
  var trainer = ""
  static let fields: [Field<TrainerParams>] = [
    Field("trainer", \.trainer, "The trainer.", required: true)
  ]
}

let warmUpLeftSummary =
  "Updates left in the objective's warm-up, while it lasts; until it ends, another objective than the one asked for is maximised."
