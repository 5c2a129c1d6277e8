import DataSources
import JSON
import Tensors
import Variational

/// What is validated while a trainer runs.
struct ValidationParams: Described {
  var rows = RowSelection()
  var every = 100
  var samples = 1

  static let fields: [Field<ValidationParams>] =
    RowSelection.fields.filter { $0.name != "input" }.map { $0.lifted(to: \.rows) } + [
      Field("every", \.every, "Updates between two validations.", .count(from: 1)),
      Field("samples", \.samples, "Samples of z for each row.", .from(1, to: 100_000)),
    ]
}

/// `trainer.create`: a model, data and a way of training become a trainer.
enum TrainerCreate: Command {
  static let method = "trainer.create"
  static let faults: [Fault.Kind] = [.shape, .support, .memory]
  static let summary = "Creates a trainer for a model and a data set; nothing is trained yet."

  struct Params: Described {
    var name: Handle?
    var model = ""
    var data = ""
    var split: String?
    var spec = TrainerSpec()
    var validation: ValidationParams?
    var replace = false

    static let fields: [Field<Params>] =
      [
        Field("name", \.name, "The trainer's name; one is made up where none is given."),
        Field("model", \.model, "The model that is trained.", required: true),
        Field("data", \.data, "The data set that it is trained on.", required: true),
        Field("split", \.split, "Rows to train on; \"train\" where the data were split, else all."),
      ] + Field.all(of: \.spec) + [
        Field(
          "validation", \.validation,
          "Rows whose bound is computed now and then: by default the data's \"validation\" split."),
        Field("replace", \.replace, "Whether a trainer of that name is replaced."),
      ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> TrainerReply
  {
    let name = try session.trainers.free(params.name, replace: params.replace)
    let model = try session.models.find(params.model, at: "model")
    let entry = try make(
      name, model, params.model, data: params.data, split: params.split, params.spec,
      params.validation, in: session, call)
    session.trainers.set(name, entry)?.end()
    return TrainerReply(entry)
  }

  /// Checks the rows and puts the trainer together.
  static func make(
    _ name: String, _ model: Model, _ modelName: String, data: String, split: String?,
    _ spec: TrainerSpec, _ validation: ValidationParams?, allowingSingleRows: Bool = false,
    in session: Session, _ call: Call
  ) throws(Fault) -> TrainerEntry {
    var selection = RowSelection()
    (selection.data, selection.split) = (data, split)
    let found = try selection.resolve(in: session, split: "train")
    try found.check(for: model, call)
    var held: Trainer.Validation?
    if let validation {
      var rows = validation.rows
      rows.data = rows.data ?? data
      let preset = rows.data == data ? "validation" : nil
      held = try within("validation") { () throws(Fault) in
        if rows.split == nil, rows.data == data, rows.indices == nil {
          let set = try session.data.find(data, at: "data")
          guard set.split("validation") != nil else {
            throw Fault(
              .params, "the data set \"\(data)\" has no split \"validation\"", path: "data",
              expected: "the name of another data set, or data that were split", got: "nothing",
              hint: "load the data with \"split\": {\"validation\": 100}")
          }
        }
        let found = try rows.resolve(in: session, split: preset)
        try found.check(for: model, call)
        return Trainer.Validation(
          data: found.examples, rows: found.rows, every: validation.every,
          samples: validation.samples)
      }
    }
    guard held != nil || spec.stopping == nil else {
      throw Fault(
        .params, "stopping compares validations, and this trainer has none", path: "stopping",
        expected: "\"validation\" beside it", got: "no validation",
        hint: "add \"validation\": {}, which takes the data's \"validation\" split")
    }
    try spec.check(model, rows: found.rows.count, allowingSingleRows: allowingSingleRows)
    let trainer = try Trainer(
      spec, model: model, data: found.examples, rows: found.rows, validation: held)
    return TrainerEntry(
      name, model: modelName, data: data, split: split, trainer, validation)
  }
}

let warmUpLeftSummary =
  "Updates until the objective's warm-up is over, where it is not: as long, what is maximised is not what was asked for."

/// What is known of a trainer.
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
    Field("epoch", \.epoch, "Times that all rows were seen."),
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

enum TrainerInfo: Command {
  static let method = "trainer.info"
  static let summary = "How a trainer stands."

  static func run(_ params: TrainerParams, in session: Session, _: Call) throws(Fault)
    -> TrainerReply
  {
    TrainerReply(try session.trainers.find(params.trainer, at: "trainer"))
  }
}

enum TrainerList: Command {
  static let method = "trainer.list"
  static let summary = "The names of all trainers."

  struct Reply: Described {
    var trainers: [String] = []
    static let fields: [Field<Reply>] = [
      Field("trainers", \.trainers, "Names, in order of creation.")
    ]
  }

  static func run(_: Nothing, in session: Session, _: Call) throws(Fault) -> Reply {
    Reply(trainers: session.trainers.names)
  }
}

enum TrainerDrop: Command {
  static let method = "trainer.drop"
  static let interruptsRuns = true
  static let summary = "Forgets a trainer; a run of it ends."

  static func run(_ params: TrainerParams, in session: Session, _: Call) throws(Fault) -> Nothing {
    try session.trainers.drop(params.trainer, at: "trainer").end()
    return Nothing()
  }
}

enum TrainerHistory: Command {
  static let method = "trainer.history"
  static let summary = "What every weight update left behind, counted from 1, and every validation."

  struct Params: Described {
    var trainer = ""
    var from = 0
    var every = 1
    var delivery = Delivery()

    static let fields: [Field<Params>] =
      [
        Field("trainer", \.trainer, "The trainer.", required: true),
        Field("from", \.from, "Only updates after this one.", .count(from: 0)),
        Field("every", \.every, "Only every so-manieth of them.", .count(from: 1)),
      ] + Field.all(of: \.delivery)
  }

  struct Reply: Described {
    var update: [Int] = []
    var elbo = Series.list([])
    var reconstruction = Series.list([])
    var divergence = Series.list([])
    var objective = Series.list([])
    var validation = Validation()

    static let fields: [Field<Reply>] = [
      Field("update", \.update, "The updates."),
      Field("elbo", \.elbo, "ELBO of each update's batch, in nats."),
      Field("reconstruction", \.reconstruction, "E_q log p(x|z) likewise."),
      Field("divergence", \.divergence, "KL(q(z|x) || p(z)) likewise."),
      Field("objective", \.objective, "What was maximised."),
      Field("validation", \.validation, "Validations so far."),
    ]
  }

  struct Validation: Described {
    var update: [Int] = []
    var elbo: [Double] = []
    var reconstruction: [Double] = []
    var divergence: [Double] = []

    static let fields: [Field<Validation>] = [
      Field("update", \.update, "The updates after which they were made."),
      Field("elbo", \.elbo, "Mean ELBO of the validation rows, in nats."),
      Field("reconstruction", \.reconstruction, "Mean E_q log p(x|z)."),
      Field("divergence", \.divergence, "Mean KL(q(z|x) || p(z))."),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let history = try session.trainers.find(params.trainer, at: "trainer").trainer.history
    try call.checkStop()
    try Memory.require(Size(history.count) * 8, for: "the history of \(history.count) updates")
    let first = Size(params.from) + Size(params.every - 1)
    let chosen = Array(
      stride(from: first.exactly ?? history.count, to: history.count, by: params.every))
    try Memory.require(
      Size(chosen.count) * 128 + Size(history.validation.update.count) * 320,
      for: "the history of \(chosen.count) updates", hint: "ask for fewer, with \"every\"")
    func pick(_ values: [Float]) -> [Float] { chosen.map { values[$0] } }
    let reconstruction = pick(history.reconstruction)
    let divergence = pick(history.divergence)
    let lists: [(name: String, values: [Float])] = [
      ("elbo", zip(reconstruction, divergence).map { $0 - $1 }),
      ("reconstruction", reconstruction), ("divergence", divergence),
      ("objective", pick(history.objective)),
    ]
    var reply = Reply()
    reply.update = chosen.map { $0 + 1 }
    var forms = lists.map { Series.list($0.values) }
    if params.delivery.path != nil || params.delivery.encoding == .base64 {
      let tensors = lists.map { (name: $0.name, tensor: Tensor([$0.values.count], $0.values)) }
      forms = try params.delivery.forms(tensors, call).map { .array($0.value) }
    }
    (reply.elbo, reply.reconstruction) = (forms[0], forms[1])
    (reply.divergence, reply.objective) = (forms[2], forms[3])
    let held = history.validation
    reply.validation = Validation(
      update: held.update, elbo: zip(held.reconstruction, held.divergence).map { $0 - $1 },
      reconstruction: held.reconstruction, divergence: held.divergence)
    return reply
  }
}
