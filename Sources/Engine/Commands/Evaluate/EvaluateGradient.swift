import Declarations
import JSON
import Variational

enum EvaluateGradient: Command {
  static let method = "evaluate.gradient"
  static let effect = Effect.evaluates
  static let faults: [Fault.Kind] = [.shape, .support, .memory, .notFinite]
  static let summary =
    "Measures variance, signal-to-noise ratio and bias of gradient estimators on the same noise, for the given rows and the model's parameters."

  struct Params: Described {
    var model = ""
    var rows = RowSelection()
    var objective = Choice<ObjectiveKind>(ImportanceWeightedBound()) { $0 }
    var estimators: [GradientEstimator]?
    var draws = 100
    var seed = 0

    static let fields: [Field<Params>] =
      [Field("model", \.model, "The model.", required: true, faults: .lookup)]
      + Field.all(of: \.rows) + [
        Field(
          "objective", \.objective, "Objective that is maximised; its own estimator is ignored."),
        Field(
          "estimators", \.estimators,
          "Estimators of the objective's gradient; all that it has if left out."),
        Field(
          "draws", \.draws, "Number of gradients drawn with each estimator.",
          .from(2, to: 1_000_000)),
        Field("seed", \.seed, "Seed of the noise.", .seed),
      ]
  }

  struct Reply: Answer {
    let estimators: [Quality]
    let basis: EvaluationBasis
    let draws: Int

    static let members: [Member<Reply>] =
      [Member("estimators", \.estimators, "Results of each estimator, in the order requested.")]
      + EvaluationBasis.members(
        of: \.basis, unit: "Unit of the gradients: nats for a unit of the parameter.",
        count: "Number of rows over which the objective is averaged.",
        between: [Member("draws", \.draws, "Number of gradients drawn with each estimator.")])
  }

  struct Quality: Answer {
    let estimator: GradientEstimator
    let encoder: GradientQuality.Side
    let decoder: GradientQuality.Side

    static let members: [Member<Quality>] = [
      Member("estimator", \.estimator, "The estimator."),
      Member("encoder", \.encoder, "Quality of the gradient in the encoder's parameters."),
      Member("decoder", \.decoder, "Quality of the gradient in the decoder's parameters."),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let model = try session.models.find(params.model, at: "model")
    let found = try params.rows.resolve(in: session, for: model)
    try found.check(
      for: model, at: params.rows.input == nil ? "data" : "input", in: session, call)
    try within("objective") { () throws(Fault) in
      let objective = params.objective.product
      try objective.check(model)
      guard objective.warmUpEnd == 0 else {
        throw Fault(
          .params,
          "expected a constant objective, got one that changes with the updates",
          expected: "no warm-up and no rising capacity", got: params.objective.json.line)
      }
    }
    try params.objective.checkWeights(of: found.examples, found.rows)
    try model.requirePairs(
      objective: params.objective.product, rows: found.rows.count,
      at: params.rows.input == nil ? "data" : "input")
    let (reference, names) = (params.objective.product, try params.chosen())
    try within("objective") { () throws(Fault) in
      try model.requireMemory(
        for: reference, batch: found.rows.count, gradients: names.count + 1)
    }
    let objectives = names.map { name -> (any Objective)? in
      name == .reparameterized ? nil : params.estimated?.estimated(by: name)
    }
    let answer = try session.withTeam { (team) throws(Fault) in
      try GradientQuality.measure(
        objectives, against: params.reparameterized, of: model, data: found.examples,
        rows: found.rows, draws: params.draws, seed: params.seed, team: team, stop: call.stop)
    }
    if !answer.allSatisfy(\.isFinite) {
      throw try notFinite(model, found, reference.samples, params.seed, call)
    }
    return Reply(
      estimators: zip(names, answer).map {
        Quality(estimator: $0, encoder: $1.encoder, decoder: $1.decoder)
      },
      basis: EvaluationBasis(found, samples: reference.samples), draws: params.draws)
  }
}

extension EvaluateGradient.Params {
  /// The objective, if its gradient has several estimators.
  fileprivate var estimated: (any EstimatedObjective)? {
    objective.product as? any EstimatedObjective
  }

  /// The objective with the reference estimator.
  fileprivate var reparameterized: any Objective {
    estimated?.estimated(by: .reparameterized) ?? objective.product
  }

  /// Returns the estimators to compare. Throws `params` for an empty list, and for estimators that
  /// the objective does not have.
  fileprivate func chosen() throws(Fault) -> [GradientEstimator] {
    let known = estimated.map { type(of: $0).estimators } ?? [.reparameterized]
    guard let estimators else { return known }
    guard !estimators.isEmpty else {
      throw Fault(
        .params, "expected at least one estimator, got none", path: "estimators",
        expected: "at least one", got: "[]")
    }
    for (index, estimator) in estimators.enumerated()
    where !known.contains(estimator) {
      throw Fault(
        .params, "this estimator is for the importance objective, but another objective was given",
        path: "estimators[\(index)]", expected: "\"reparameterized\"",
        got: "\"\(estimator.rawValue)\"",
        hint: "{\"type\": \"importance\", \"samples\": 1} is the ELBO, with all estimators")
    }
    return estimators
  }
}

extension EvaluateGradient {
  /// Returns the fault, with the rows if the forward pass is not finite; for the gradient alone the
  /// rows are unknown.
  private static func notFinite(
    _ model: Model, _ found: RowSelection.Found, _ samples: Int, _ seed: Int, _ call: Call
  ) throws(Fault) -> Fault {
    let diagnosis = Diagnosis(model)
    var rows: [UInt32] = []
    var place: String?
    for row in found.rows where rows.count < 9 {
      guard
        let own = try diagnosis.place(
          of: row, in: found.examples, samples: samples, seed: seed, update: 1,
          checkpoint: call.checkStop)
      else { continue }
      rows.append(row)
      place = place ?? own
    }
    let hint =
      "the parameters or the data are too large for float32: lower the optimizer's rate, or check the data"
    guard !rows.isEmpty else {
      return Fault(
        .notFinite, "the gradient is not finite, though the forward pass is",
        expected: "finite numbers", hint: hint)
    }
    return .notFinite(
      "the gradient", rows: rows, of: found.rows.count, got: .nan, place: place, hint: hint)
  }
}
