import Files
import Synchronization

/// A variational autoencoder: an encoder q(z | x), a decoder p(x | z), a prior p(z), and their
/// parameters.
///
/// Any thread may use it: a call waits until the current update or query is done. Results do not
/// depend on the number of threads. Source: Kingma and Welling, arXiv 1312.6114.
public final class VAE: Sendable {
  /// The parts that only one thread uses at a time.
  struct Core {
    let model: Model
    let team: Team
    var trainers: [Int: Trainer] = [:]
    var trainersMade = 0
  }

  let core: Mutex<Core>
  /// The shape of one example.
  public let shape: Shape
  /// The number of latent variables.
  public let latent: Int

  private init(_ model: sending Model, threads: Int?) {
    shape = model.spec.shape
    latent = model.spec.latent
    let threads = threads ?? Processors.count
    core = Mutex(Core(model: model, team: Team(threads: threads)))
  }

  deinit { core.withLock { $0.team.close() } }

  /// Builds a model for examples of `shape`, with fresh weights: Glorot-uniform unless a layer says
  /// otherwise.
  ///
  /// A last layer without `units` has the width that the posterior, or the likelihood, needs.
  /// `threads` defaults to the number of the machine's processors. Throws `params` and `shape`,
  /// with the path of the layer, if the parts do not fit, and `memory`.
  public convenience init(
    shape: Shape, latent: Int, encoder: [LayerChoice], decoder: [LayerChoice],
    likelihood: Choice<LikelihoodKind> = .bernoulli, posterior: Choice<PosteriorKind> = .gaussian,
    prior: Choice<PriorKind> = .standardNormal, condition: Choice<ConditionKind>? = nil,
    seed: Int = 0, threads: Int? = nil
  ) throws(Fault) {
    var spec = try Self.spec(
      shape, latent, encoder, decoder, likelihood, posterior, prior, condition, seed)
    try spec.settle()
    self.init(try Model(spec), threads: threads)
  }

  /// Builds a model for the examples of `data`, which determine the shape, the classes of a
  /// condition, and the mean at which the decoder's last bias begins.
  ///
  /// `preprocess` changes the rows before the model sees them; its numbers are found from the rows
  /// of `fitOn`. Densities, and what is decoded and drawn, are those of the rows as they came.
  public convenience init(
    for data: DataSet, latent: Int, encoder: [LayerChoice], decoder: [LayerChoice],
    likelihood: Choice<LikelihoodKind> = .bernoulli, posterior: Choice<PosteriorKind> = .gaussian,
    prior: Choice<PriorKind> = .standardNormal, condition: Choice<ConditionKind>? = nil,
    preprocess: [Choice<PreprocessingKind>] = [], fitOn: FittedRows = .train,
    seed: Int = 0, threads: Int? = nil
  ) throws(Fault) {
    var spec = try Self.spec(
      data.shape, latent, encoder, decoder, likelihood, posterior, prior, condition, seed)
    spec.preprocess = preprocess
    self.init(try Model.built(spec, for: data, fitOn: fitOn).model, threads: threads)
  }

  /// Reads a model that `save` or `model.save` has written. Throws `io` and `badFile`.
  public convenience init(contentsOf path: String, threads: Int? = nil) throws(Fault) {
    self.init(try Model(try SafeTensors(contentsOf: path), path: path), threads: threads)
  }

  /// Writes the model to one `.safetensors` file, and replaces an existing one atomically; a file
  /// of another kind only if `replace` is true. Throws `io`, `denied`, `noSpace`, and `notFinite`
  /// if a weight is not a finite number.
  public func save(to path: String, replace: Bool = false) throws(Fault) {
    try core.withLock { (core) throws(Fault) in
      _ = try core.model.file().write(to: path, replace: replace)
    }
  }

  /// The number of trained weights.
  public var parameterCount: Int {
    core.withLock { core in core.model.parameters.specs.reduce(0) { $0 + $1.shape.count } }
  }

  /// Options set in Swift have the same bounds as those of a request.
  private static func spec(
    _ shape: Shape, _ latent: Int, _ encoder: [LayerChoice], _ decoder: [LayerChoice],
    _ likelihood: Choice<LikelihoodKind>, _ posterior: Choice<PosteriorKind>,
    _ prior: Choice<PriorKind>, _ condition: Choice<ConditionKind>?, _ seed: Int
  ) throws(Fault) -> ModelSpec {
    var spec = ModelSpec()
    (spec.shape, spec.latent, spec.encoder, spec.decoder) = (shape, latent, encoder, decoder)
    (spec.likelihood, spec.posterior, spec.prior) = (likelihood, posterior, prior)
    (spec.condition, spec.seed) = (condition, seed)
    return try ModelSpec(json: spec.json)
  }
}
