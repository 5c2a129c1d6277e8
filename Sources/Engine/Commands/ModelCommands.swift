import DataSources
import JSON
import Layers
import Tensors
import Variational

/// `model.build`: stacks, a posterior, a prior and a likelihood become a model with fresh
/// parameters.
enum ModelBuild: Command {
  static let method = "model.build"
  static let faults: [Fault.Kind] = [.shape, .memory]
  static let summary =
    "Builds a model with Glorot-uniform weights; with data, the last bias begins at the data's mean."

  struct Params: Described {
    var name: Handle?
    var replace = false
    var data: String?
    var shape: Shape?
    var spec = ModelSpec()

    static let fields: [Field<Params>] =
      [
        Field("name", \.name, "The model's name; one is made up where none is given."),
        Field("data", \.data, "The data set that it is for: gives the shape and the last bias."),
        Field("shape", \.shape, "Shape of one example, where no data set is named."),
      ] + ModelSpec.parts.map { $0.lifted(to: \Params.spec) } + [
        Field("replace", \.replace, "Whether a model of that name is replaced.")
      ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> ModelReply {
    let name = try session.models.free(params.name, replace: params.replace)
    var spec = params.spec
    var mean: [Float]?
    if let data = params.data {
      let set = try session.data.find(data, at: "data")
      guard params.shape == nil || params.shape == set.shape else {
        throw Fault(
          .shape, "data set \"\(data)\" has rows of \(set.shape), not \(params.shape ?? [])",
          path: "shape", expected: "\(set.shape)", got: "\(params.shape ?? [])",
          hint: "leave \"shape\" out")
      }
      spec.shape = set.shape
      mean = try set.mean(call.checkStop)
      if let condition = spec.condition?.product {
        let completed = try within("data") { () throws(Fault) in
          try condition.completed(by: set)
        }
        spec.condition = Choice(Part(completed, completed.tagged))
      }
    } else if let shape = params.shape {
      spec.shape = shape
    } else {
      throw Fault(
        .params, "expected the shape of an example, got neither \"data\" nor \"shape\"",
        path: "data", expected: "\"data\" or \"shape\"", got: "nothing",
        hint: "give \"data\": the name of a data set")
    }
    let model = try Model(spec, call.checkStop)
    if let mean {
      try Memory.require(Size(mean.count) * 32, for: "the first bias")
      model.fitBias(toMean: mean.map { Double($0) })
    }
    try call.checkStop()
    session.models.set(name, model)
    return ModelReply(name, model)
  }
}

/// What is known of a model.
struct ModelReply: Described {
  var model = ""
  var parameters = 0
  var shape: Shape = []
  var latent = 0
  var encoder: [LayerSummary] = []
  var decoder: [LayerSummary] = []
  var likelihood: Choice<LikelihoodKind>?
  var posterior: Choice<PosteriorKind>?
  var prior: Choice<PriorKind>?
  var condition: Choice<ConditionKind>?

  init() {}

  init(_ name: String, _ model: Model) {
    self.model = name
    parameters = model.parameters.count
    shape = model.spec.shape
    latent = model.spec.latent
    encoder = model.encoder.layers
    decoder = model.decoderLayers
    likelihood = model.spec.likelihood
    posterior = model.spec.posterior
    prior = model.spec.prior
    condition = model.spec.condition
  }

  static let fields: [Field<ModelReply>] = [
    Field("model", \.model, "The model's name."),
    Field("parameters", \.parameters, "Number of trained parameters."),
    Field("shape", \.shape, "Shape of one example."),
    Field("latent", \.latent, "Number of latent variables."),
    Field("encoder", \.encoder, "The encoder's layers."),
    Field("decoder", \.decoder, "The decoder's layers."),
    Field("likelihood", \.likelihood, "The likelihood and its options.", required: true),
    Field("posterior", \.posterior, "The posterior and its options.", required: true),
    Field("prior", \.prior, "The prior and its options.", required: true),
    Field("condition", \.condition, "What is given and not modelled, where something is."),
  ]
}

/// The name of a model, as the only parameter.
struct ModelParams: Described {
  var model = ""
  static let fields: [Field<ModelParams>] = [
    Field("model", \.model, "The model.", required: true)
  ]
}

enum ModelInfo: Command {
  static let method = "model.info"
  static let summary = "What is known of a model."

  static func run(_ params: ModelParams, in session: Session, _: Call) throws(Fault) -> ModelReply {
    ModelReply(params.model, try session.models.find(params.model, at: "model"))
  }
}

enum ModelList: Command {
  static let method = "model.list"
  static let summary = "The names of all models."

  struct Reply: Described {
    var models: [String] = []
    static let fields: [Field<Reply>] = [Field("models", \.models, "Names, in order of building.")]
  }

  static func run(_: Nothing, in session: Session, _: Call) throws(Fault) -> Reply {
    Reply(models: session.models.names)
  }
}

enum ModelDrop: Command {
  static let method = "model.drop"
  static let summary = "Forgets a model; trainers that use it keep it until they go."

  static func run(_ params: ModelParams, in session: Session, _: Call) throws(Fault) -> Nothing {
    try session.models.drop(params.model, at: "model")
    return Nothing()
  }
}

enum ModelParameters: Command {
  static let method = "model.parameters"
  static let summary = "The parameters and running statistics by name, as in encoder.0.weight."

  struct Params: Described {
    var model = ""
    var names: [String]?
    var delivery = Delivery()
    static let fields: [Field<Params>] =
      [
        Field("model", \.model, "The model.", required: true),
        Field("names", \.names, "Only these; without it, all."),
      ] + Field.all(of: \.delivery)
  }

  struct Reply: Described {
    var parameters = Named<TensorForm>()
    static let fields: [Field<Reply>] = [
      Field("parameters", \.parameters, "Arrays by name; weights are (inputs, outputs).")
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let model = try session.models.find(params.model, at: "model")
    let all = model.arrays
    var chosen: [(name: String, tensor: Tensor)] = []
    for (position, name) in (params.names ?? all.map(\.name)).enumerated() {
      guard let array = all.first(where: { $0.name == name }) else {
        throw Fault(
          .unknownName, "the model has no parameter \"\(name)\"", path: "names[\(position)]",
          expected: "one of \(all.map(\.name).joined(separator: ", "))", got: name,
          hint: suggestion(for: name, among: all.map(\.name)))
      }
      // Of two members of one name most readers see the last, and some none.
      guard !chosen.contains(where: { $0.name == name }) else {
        throw Fault(
          .params, "\"\(name)\" stands here twice", path: "names[\(position)]",
          expected: "each name once", got: JSON.string(name).line)
      }
      try Memory.require(
        Size(array.store.specs[array.index].shape) * 4, for: "a copy of \"\(name)\"")
      chosen.append((name, array.store.tensor(array.index)))
    }
    return Reply(parameters: Named(try params.delivery.forms(chosen, call)))
  }
}

enum ModelAssign: Command {
  static let method = "model.assign"
  static let faults: [Fault.Kind] = [.shape, .notFinite]
  static let summary =
    "Sets parameters and running statistics by name; all or, where one does not fit, none."

  struct Params: Described {
    var model = ""
    var parameters: Named<TensorForm>?
    var path: String?
    var layout: WeightLayout?
    static let fields: [Field<Params>] = [
      Field("model", \.model, "The model.", required: true),
      Field("parameters", \.parameters, "Arrays by name."),
      Field("path", \.path, "A safetensors file with arrays by name, instead."),
      Field(
        "layout", \.layout,
        "How dense weights lie: elbo, (inputs, outputs), as if left out; torch, (outputs, inputs). To be given where a square one is of a file that elbo has not written."
      ),
    ]
  }

  struct Reply: Described {
    var assigned: [String] = []
    static let fields: [Field<Reply>] = [
      Field("assigned", \.assigned, "The names of the arrays that were set.")
    ]
  }

  static func run(_ params: Params, in session: Session, _ call: Call) throws(Fault) -> Reply {
    let model = try session.models.find(params.model, at: "model")
    var given: [(name: String, tensor: Tensor)] = []
    var isForeign = false
    if let parameters = params.parameters, params.path == nil {
      for (name, form) in parameters.members {
        given.append(
          (name, try within("parameters.\(name)") { () throws(Fault) in try form.tensor() }))
      }
    } else if let path = params.path, params.parameters == nil {
      let file = try within("path") { () throws(Fault) in
        try SafeTensors(contentsOf: path, checkpoint: call.checkStop)
      }
      given = file.entries.map { ($0.name, $0.tensor) }
      isForeign = file.isForeign
    } else {
      throw Fault(
        .params, "expected either \"parameters\" or \"path\"", path: "parameters",
        expected: "one of the two", got: params.path == nil ? "neither" : "both")
    }
    try call.checkStop()
    let member = params.path == nil ? "parameters" : "path"
    given = try model.arranged(given, params.layout, isForeign: isForeign, at: member)
    try model.assign(given, at: member)
    return Reply(assigned: given.map(\.name))
  }
}
