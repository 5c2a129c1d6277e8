import JSON
import Tensors
import Variational

enum ModelEncode: Command {
  static let method = "model.encode"
  static let faults: [Fault.Kind] = [.resultTooLarge, .shape, .support, .notFinite]
  static let summary = "Mean and standard deviation of q(z|x) for each row, and draws of z."

  struct Params: Described {
    var model = ""
    var rows = RowSelection()
    var samples = 0
    var seed = 0
    var delivery = Delivery()

    static let fields: [Field<Params>] =
      [Field("model", \.model, "The model.", required: true)] + Field.all(of: \.rows) + [
        Field("samples", \.samples, "Draws of z for each row.", .from(0, to: 100_000)),
        Field("seed", \.seed, "Of the draws.", .seed),
      ] + Field.all(of: \.delivery)
  }

  struct Reply: Described {
    var mean: TensorForm?
    var deviation: TensorForm?
    var latent: TensorForm?
    var notFinite: Int?
    static let fields: [Field<Reply>] = [
      Field("mean", \.mean, "Means, (rows, latent).", required: true),
      Field(
        "deviation", \.deviation,
        "Standard deviations, (rows, latent); of a flow, like the means, estimated from 256 draws.",
        required: true),
      Field("latent", \.latent, "Draws, (samples, rows, latent)."),
      Field("notFinite", \.notFinite, Figures.each),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let model = try session.models.find(params.model, at: "model")
    let found = try params.rows.resolve(in: session, for: model)
    try found.checkShape(for: model)
    try Delivery.checkSize(params.samples, found.rows.count, model.spec.latent)
    let answer = try call.finishing { (stop) throws(Fault) in
      try model.encode(
        found.examples, rows: found.rows, samples: params.samples, seed: params.seed, stop: stop)
    }
    var bad = Set(answer.mean.rowsNotFinite + answer.deviation.rowsNotFinite)
    if let values = answer.latent?.values {
      let width = model.spec.latent
      for place in values.indices where !values[place].isFinite {
        bad.insert(place / width % found.rows.count)
      }
    }
    let notFinite = try Figures.each("q(z|x)", found.rows).notFinite(bad.sorted()) {
      found.place($0, in: model, samples: max(1, params.samples), seed: params.seed, call)
    }
    var tensors = [("mean", answer.mean), ("deviation", answer.deviation)]
    if let latent = answer.latent { tensors.append(("latent", latent)) }
    let forms = try params.delivery.forms(tensors.map { (name: $0.0, tensor: $0.1) }, call)
    return Reply(
      mean: forms[0].value, deviation: forms[1].value,
      latent: forms.count > 2 ? forms[2].value : nil, notFinite: notFinite)
  }
}

enum ModelDecode: Command {
  static let method = "model.decode"
  static let faults: [Fault.Kind] = [.shape, .support, .notFinite, .io, .badFile]
  static let summary = "The mean of p(x|z) for each row of latents."

  struct Params: Described {
    var model = ""
    var latent: TensorForm?
    var label: LabelForm?
    var delivery = Delivery()

    static let fields: [Field<Params>] =
      [
        Field("model", \.model, "The model.", required: true),
        Field("latent", \.latent, "Latents, (rows, latent).", required: true),
        Field(
          "label", \.label,
          "Of a model with a condition: the label of all rows, or a list of one for each."),
      ] + Field.all(of: \.delivery)
  }

  struct Reply: Described {
    var output: TensorForm?
    var notFinite: Int?
    static let fields: [Field<Reply>] = [
      Field("output", \.output, "Means of p(x|z): for Bernoulli, probabilities.", required: true),
      Field("notFinite", \.notFinite, Figures.each),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let model = try session.models.find(params.model, at: "model")
    guard let form = params.latent else { return Reply() }
    let latents = try model.latents(form)
    let given = try params.label.given(latents.rows, for: model)
    let output = try call.finishing { (stop) throws(Fault) in
      try model.decode(latents, given: given, stop: stop)
    }
    let notFinite = try model.notFinite(output, decoding: latents, given: given)
    return Reply(output: try params.delivery.form(output, call), notFinite: notFinite)
  }
}

enum ModelReconstruct: Command {
  static let method = "model.reconstruct"
  static let faults: [Fault.Kind] = [.shape, .support, .notFinite]
  static let summary = "Rows beside the mean of p(x|z), with z drawn from q(z|x)."

  struct Params: Described {
    var model = ""
    var rows = RowSelection()
    var seed = 0
    var mean = false
    var delivery = Delivery()

    static let fields: [Field<Params>] =
      [Field("model", \.model, "The model.", required: true)] + Field.all(of: \.rows) + [
        Field("seed", \.seed, "Of the draws of z.", .seed),
        Field("mean", \.mean, "Take the mean of q(z|x) instead of a draw."),
      ] + Field.all(of: \.delivery)
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> PairReply {
    let model = try session.models.find(params.model, at: "model")
    let found = try params.rows.resolve(in: session, for: model)
    try found.checkShape(for: model)
    let answer = try call.finishing { (stop) throws(Fault) in
      try model.reconstruct(
        found.examples, rows: found.rows, seed: params.seed, usesMean: params.mean, stop: stop)
    }
    let notFinite = try Figures.each("the reconstruction", found.rows).notFinite([answer.output]) {
      found.place($0, in: model, samples: 1, seed: params.seed, call)
    }
    let forms = try params.delivery.forms(
      [("input", answer.input), ("output", answer.output)], call)
    return PairReply(input: forms[0].value, output: forms[1].value, notFinite: notFinite)
  }
}

/// Rows and what the model makes of them.
struct PairReply: Described {
  var input: TensorForm?
  var output: TensorForm?
  var notFinite: Int?
  static let fields: [Field<PairReply>] = [
    Field("input", \.input, "The rows.", required: true),
    Field("output", \.output, "Means of p(x|z): for Bernoulli, probabilities.", required: true),
    Field("notFinite", \.notFinite, Figures.each),
  ]
}

enum ModelSample: Command {
  static let method = "model.sample"
  static let faults: [Fault.Kind] = [.resultTooLarge, .support, .notFinite]
  static let summary = "Latents drawn from the prior, and what the decoder makes of them."

  struct Params: Described {
    var model = ""
    var count = 1
    var seed = 0
    var temperature: Float = 1
    var draw = false
    var label: LabelForm?
    var delivery = Delivery()

    static let fields: [Field<Params>] =
      [
        Field("model", \.model, "The model.", required: true),
        Field("count", \.count, "Number of draws.", required: true, .from(1, to: 1_000_000)),
        Field("seed", \.seed, "Of the draws.", .seed),
        Field(
          "temperature", \.temperature,
          "What the noise that the latents are made of is multiplied by.", .from(0, to: 1e30)),
        Field("draw", \.draw, "Draw x from p(x|z) instead of taking its mean."),
        Field(
          "label", \.label,
          "Of a model with a condition: the label of all rows, or a list of one for each."),
      ] + Field.all(of: \.delivery)
  }

  struct Reply: Described {
    var latent: TensorForm?
    var output: TensorForm?
    var notFinite: Int?
    static let fields: [Field<Reply>] = [
      Field("latent", \.latent, "The latents, (count, latent).", required: true),
      Field("output", \.output, "Means of p(x|z), or draws from it.", required: true),
      Field("notFinite", \.notFinite, Figures.each),
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let model = try session.models.find(params.model, at: "model")
    try Delivery.checkSize(params.count, model.spec.shape.count, 1)
    let given = try params.label.given(params.count, for: model)
    let (latent, output) = try call.finishing { (stop) throws(Fault) in
      let latent = try model.latents(
        params.count, seed: params.seed, temperature: params.temperature, stop: stop)
      let seed = params.draw ? params.seed : nil
      return (latent, try model.decode(latent, given: given, drawing: seed, stop: stop))
    }
    let notFinite = try model.notFinite(output, decoding: latent, given: given)
    let forms = try params.delivery.forms([("latent", latent), ("output", output)], call)
    return Reply(latent: forms[0].value, output: forms[1].value, notFinite: notFinite)
  }
}
