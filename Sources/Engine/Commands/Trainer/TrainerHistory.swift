import Declarations
import Files
import JSON
import Tensors
import Variational

enum TrainerHistory: Command {
  static let method = "trainer.history"
  static let effect = Effect.writes
  static let summary =
    "Returns the records of all weight updates, counted from 1, and of all validations."

  struct Params: Described {
    var trainer = ""
    var from = 0
    var every = 1
    var delivery = Delivery()

    static let fields: [Field<Params>] =
      [
        Field("trainer", \.trainer, "The trainer.", required: true, faults: .lookup),
        Field("from", \.from, "Only updates and validations after this one.", .count(from: 0)),
        Field("every", \.every, "Only every n-th update.", .count(from: 1)),
      ] + Field.all(of: \.delivery)
  }

  struct Reply: Answer {
    let update: [Int]
    let elbo: NumberList
    let reconstruction: NumberList
    let divergence: NumberList
    let objective: NumberList
    let validation: Validation
    let changes: [Change]?
    let skipped: [Int]?

    static let members: [Member<Reply>] = [
      Member("update", \.update, "Numbers of the updates."),
      Member("elbo", \.elbo, "ELBO of each update's batch, in nats."),
      Member("reconstruction", \.reconstruction, "E_q log p(x|z) of each update's batch, in nats."),
      Member("divergence", \.divergence, "KL(q(z|x) || p(z)) of each update's batch, in nats."),
      Member("objective", \.objective, "Value of the objective of each update's batch."),
      Member("validation", \.validation, "The validations after `from`."),
      Member("changes", \.changes, "Changes of the settings, in their order, if there are any."),
      Member(
        "skipped", \.skipped,
        "The refused updates for which a batch was passed over, one entry for each batch, if any."),
    ]
  }

  struct Validation: Answer {
    let update: [Int]
    let elbo: [Double]
    let reconstruction: [Double]
    let divergence: [Double]

    static let members: [Member<Validation>] = [
      Member("update", \.update, "Updates after which the validations were made."),
      Member("elbo", \.elbo, "Mean ELBO of the validation rows, in nats."),
      Member(
        "reconstruction", \.reconstruction, "Mean E_q log p(x|z) of the validation rows, in nats."),
      Member(
        "divergence", \.divergence, "Mean KL(q(z|x) || p(z)) of the validation rows, in nats."),
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
      Size(chosen.count) * 128 + Size(history.validation.update.count) * 320
        + Size(history.changes.count) * 4096 + Size(history.skipped.count) * 64,
      for: "the history of \(chosen.count) updates", hint: "ask for fewer, with \"every\"")
    func pick(_ values: [Float]) -> [Float] { chosen.map { values[$0] } }
    let reconstruction = pick(history.reconstruction)
    let divergence = pick(history.divergence)
    let lists: [(name: String, values: [Float])] = [
      ("elbo", zip(reconstruction, divergence).map { $0 - $1 }),
      ("reconstruction", reconstruction), ("divergence", divergence),
      ("objective", pick(history.objective)),
    ]
    var forms = lists.map { NumberList.list($0.values) }
    if params.delivery.path != nil || params.delivery.encoding == .base64 {
      let tensors = lists.map { (name: $0.name, tensor: Tensor([$0.values.count], $0.values)) }
      forms = try params.delivery.forms(tensors, call).map { .array($0.value) }
    }
    let held = history.validation.after(params.from)
    return Reply(
      update: chosen.map { $0 + 1 }, elbo: forms[0], reconstruction: forms[1],
      divergence: forms[2], objective: forms[3],
      validation: Validation(
        update: held.update, elbo: zip(held.reconstruction, held.divergence).map { $0 - $1 },
        reconstruction: held.reconstruction, divergence: held.divergence),
      changes: history.changes.isEmpty ? nil : history.changes,
      skipped: history.skipped.isEmpty ? nil : history.skipped)
  }
}
