import Declarations
import JSON
import Layers
import Tensors
import Variational

/// The description of a model.
struct ModelReply: Answer {
  let model: String
  let parameters: Int
  let shape: Shape
  let latent: Int
  let encoder: [LayerSummary]
  let decoder: [LayerSummary]
  let likelihood: Choice<LikelihoodKind>
  let posterior: Choice<PosteriorKind>
  let prior: Choice<PriorKind>
  let condition: Choice<ConditionKind>?
  let preprocess: [Choice<PreprocessingKind>]?
  let input: EncoderInput?
  let columns: [String]?
  let words: Named<[String]>?
  let notes: [String]?

  init(_ name: String, _ model: Model, notes: [String] = []) {
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
    preprocess = model.spec.preprocess.isEmpty ? nil : model.spec.preprocess
    input = model.spec.input
    columns = model.spec.columns
    words = model.spec.words
    self.notes = notes.isEmpty ? nil : notes
  }

  static let members: [Member<ModelReply>] = [
    Member("model", \.model, "The model's name."),
    Member("parameters", \.parameters, "Number of trained parameters."),
    Member("shape", \.shape, "Shape of one example."),
    Member("latent", \.latent, "Number of latent variables."),
    Member("encoder", \.encoder, "The encoder's layers."),
    Member("decoder", \.decoder, "The decoder's layers."),
    Member("likelihood", \.likelihood, "The likelihood and its options."),
    Member("posterior", \.posterior, "The posterior and its options."),
    Member("prior", \.prior, "The prior and its options."),
    Member("condition", \.condition, "The condition and its options, if the model has one."),
    Member(
      "preprocess", \.preprocess,
      "The changes of the rows before the model, with their numbers, if there are any."),
    Member("input", \.input, "How the encoder sees counts and grey levels, where it matters."),
    Member("columns", \.columns, "Names of the columns of the table it was built for, if any."),
    Member(
      "words", \.words,
      "Words that 0, 1, … stand for, by the names of the columns that hold words, if any do."),
    Member(
      "notes", \.notes, "What looks wrong, each with a way out; only in the reply of a build."),
  ]
}

/// The only parameter: the name of a model.
struct ModelParams: Described {
  var model = ""
  static let fields: [Field<ModelParams>] = [
    Field("model", \.model, "The model.", required: true, faults: .lookup)
  ]
}
