import Declarations
import JSON
import Variational

/// `trainer.set`: changes settings of a trainer between two updates.
enum TrainerSet: Command {
  static let method = "trainer.set"
  static let effect = Effect.changes
  static let summary =
    "Changes a trainer's rate, schedule, clip, policy for refused updates or the weights of its objective from the next update on; every change is kept in the history and in the file."

  struct Params: Described {
    var trainer = ""
    var adjustment = Adjustment()
    var objective: Named<JSON>?

    static let fields: [Field<Params>] =
      [Field("trainer", \.trainer, "The trainer.", required: true, faults: .lookup)]
      + Field.all(of: \.adjustment) + [
        Field(
          "objective", \.objective,
          "Options of the objective; those left out stay as they are. They may be beta, warmUp, capacity and freeBits of elbo; beta, mutualInformation and dimensionWise of totalCorrelation; weight, beta, bandwidth and scales of maximumMeanDiscrepancy; alpha of renyi."
        )
      ]
  }

  static func run(_ params: Params, in session: Session, _: Call) throws(Fault) -> TrainerReply {
    let entry = try session.trainers.find(params.trainer, at: "trainer")
    guard !params.adjustment.isEmpty || params.objective != nil else {
      let names = Params.fields.map(\.name).filter { $0 != "trainer" }
      throw Fault(
        .params, "no setting was given to change",
        expected: "at least one of \(names.joined(separator: ", "))", got: "none",
        hint: "trainer.info shows the present ones")
    }
    let objective = try params.objective.map { (given) throws(Fault) in
      try within("objective") { () throws(Fault) in
        try entry.trainer.spec.objective.with(given.members)
      }
    }
    try entry.trainer.adjust(params.adjustment, objective: objective)
    return TrainerReply(entry)
  }
}

extension Choice<ObjectiveKind> {
  /// Returns the objective with these members in place of its own. Throws `params`.
  fileprivate func with(_ given: [(name: String, value: JSON)]) throws(Fault) -> Self {
    guard case .object(var members) = json else { return self }
    if let type = given.first(where: { $0.name == "type" })?.value, type != json["type"] {
      return try Choice(json: .object(given.map { JSON.Member($0.name, $0.value) }))
    }
    for member in given where member.value != .null {
      members.removeAll { $0.name == member.name }
      members.append(JSON.Member(member.name, member.value))
    }
    return try Choice(json: .object(members))
  }
}
