import Declarations
import JSON
import Layers
import Tensors
import Variational

/// The description of a model.
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
