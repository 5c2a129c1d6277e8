import Declarations
import JSON
import Layers
import Tensors

/// The description of a model: everything but its numbers. `model.build` takes it, and a saved file
/// contains it.
public struct ModelSpec: Described {
  public var shape: Shape = [1]
  public var latent = 1
  public var encoder: [LayerChoice] = []
  public var decoder: [LayerChoice] = []
  public var posterior = Choice<PosteriorKind>(GaussianPosterior()) { $0 }
  public var prior = Choice<PriorKind>(StandardNormal()) { $0 }
  public var likelihood = Choice<LikelihoodKind>(Bernoulli()) { $0 }
  public var condition: Choice<ConditionKind>?
  public var preprocess: [Choice<PreprocessingKind>] = []
  /// How the encoder sees counts and grey levels; nil in files of versions that had no other way
  /// than as they are.
  public var input: EncoderInput?
  public var seed = 0
  /// The names of the columns of the table that the model was built for.
  public var columns: [String]?
  /// The words that 0, 1, … stand for, by the names of the columns that hold words.
  public var words: Named<[String]>?

  public init() {}

  public static let fields: [Field<ModelSpec>] =
    [Field("shape", \.shape, "Shape of one example.", required: true)] + parts + [
      Field("columns", \.columns, "Names of the columns of the table it was built for."),
      Field("words", \.words, "Words that 0, 1, … stand for, in the columns that hold words."),
    ]

  /// The fields except the shape, which `model.build` may take from the data.
  public static let parts: [Field<ModelSpec>] = [
    Field("latent", \.latent, "Number of latent variables.", required: true, .from(1, to: 65_536)),
    Field(
      "encoder", \.encoder, "Layers from the data to the parameters of the posterior.",
      required: true),
    Field(
      "decoder", \.decoder, "Layers from the latents to the parameters of the likelihood.",
      required: true),
    Field("posterior", \.posterior, "The approximate posterior q(z|x)."),
    Field("prior", \.prior, "The prior p(z)."),
    Field("likelihood", \.likelihood, "The distribution p(x|z).", required: true),
    Field("condition", \.condition, "Input given to encoder and decoder but not modelled."),
    Field(
      "preprocess", \.preprocess,
      "Changes of the rows, in this order, before the model sees them; densities, and what is decoded and drawn, are those of the rows as they came."
    ),
    Field(
      "input", \.input,
      "How the encoder sees counts and grey levels: scaled (counts as log(1 + x), or as log(1 + x n / total) where the likelihood scales by the total; grey levels from -1 to 1), the default of a new model, or unscaled. Densities stay those of the rows."
    ),
    Field("seed", \.seed, "Seed of the initial weights.", .seed),
  ]
}
