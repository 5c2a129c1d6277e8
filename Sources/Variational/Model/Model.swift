import Declarations
import Files
import JSON
import Layers
import Tensors

/// A variational autoencoder: an encoder with a posterior, a decoder with a likelihood, a prior,
/// and their parameters.
///
/// The model owns its parameters; trainers and evaluations share them.
public final class Model {
  /// The parts and options that the model was built from.
  public let spec: ModelSpec
  package let encoder: Stack
  package let decoder: Stack
  /// The decoder's layers as the client wrote them, including a last one that the likelihood
  /// absorbs.
  package let decoderLayers: [LayerSummary]
  /// q(z|x).
  public let posterior: any Posterior
  /// The posterior, if it has closed forms.
  let closedPosterior: (any ClosedFormPosterior)?
  /// The posterior, if KL(q(z|x) || p(z)) is known in closed form.
  let analyticPosterior: (any ClosedFormPosterior)?
  /// p(z).
  public let prior: any Prior
  /// p(x|z).
  public let likelihood: any Likelihood
  /// The source of each row's conditioning values, in a conditional model.
  public let condition: (any Condition)?
  /// The changes of the rows before the model, if there are any.
  let preprocessor: Preprocessor?
  /// How the encoder sees the rows, if not as they are.
  let view: EncoderView?
  /// The number of columns of the encoder's input for each conditioning value: one, or a whole
  /// plane if the encoder takes images.
  let conditionCopies: Int
  /// Named `encoder.0.weight` and so on: the encoder's, then the decoder's, the posterior's and the
  /// prior's.
  package let parameters: Parameters
  private let posteriorCount: Int
  /// Running statistics, named in the same way.
  package let state: Parameters

  /// Builds the model with its initial parameters. Throws `shape` if a stack does not fit, and what
  /// `checkpoint` throws, which is called between parameters.
  package init(
    _ spec: ModelSpec, _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    self.spec = spec
    try within("shape") { () throws(Fault) in try Graph.checkRow(spec.shape) }
    let posterior = try within("posterior") { () throws(Fault) in
      try spec.posterior.product.posterior(latent: spec.latent)
    }
    self.posterior = posterior
    closedPosterior = posterior as? any ClosedFormPosterior
    let density = try within("likelihood") { () throws(Fault) in
      try spec.likelihood.product.likelihood(shape: spec.shape)
    }
    let preprocessor = try within("preprocess") { () throws(Fault) in
      try spec.preprocess.isEmpty ? nil : Preprocessor(spec.preprocess, width: spec.shape.count)
    }
    self.preprocessor = preprocessor
    view = EncoderView(
      spec.input == .scaled ? density.encoderSegments : [], levels: preprocessor?.levels ?? [:],
      width: spec.shape.count)
    if let preprocessor, preprocessor.changesValues {
      likelihood = PreprocessedLikelihood(base: density, preprocessor: preprocessor)
    } else {
      likelihood = density
    }
    let condition = try within("condition") { () throws(Fault) in
      try spec.condition?.product.condition()
    }
    self.condition = condition
    let (encoder, copies) = try Self.encoder(
      spec, posterior,
      input: view.map { $0.width == spec.shape.count ? spec.shape : [$0.width] } ?? spec.shape,
      given: condition?.columns ?? 0)
    (self.encoder, conditionCopies) = (encoder, copies)
    let prior = try within("prior") { () throws(Fault) in
      try Self.prior(spec, posterior, encoder)
    }
    self.prior = prior
    analyticPosterior = prior.isStandardNormal ? closedPosterior : nil
    let latents: Shape = [spec.latent + (condition?.columns ?? 0)]
    let outputs = likelihood.outputs
    try Self.checkWidth(outputs, "decoder", by: "the \(spec.likelihood.typeName) likelihood")
    decoderLayers = try within("decoder") { () throws(Fault) in
      try Stack(spec.decoder, input: latents, name: "decoder", needed: outputs).layers
    }
    let isAbsorbed = spec.decoder.count > 1 && likelihood.takesIn(spec.decoder.last?.product)
    decoder = try Self.stack(
      isAbsorbed ? Array(spec.decoder.dropLast()) : spec.decoder, "decoder", input: latents,
      needed: likelihood.outputs,
      by: "the \(spec.likelihood.typeName) likelihood of \(spec.shape)")
    let specs =
      encoder.parameters + decoder.parameters
      + Self.named("posterior", posterior.parameters) + Self.named("prior", prior.parameters)
    try Memory.require(
      Parameters.bytes(specs), for: "a model of these layers",
      hint: "take fewer units or latents, or smaller examples")
    parameters = try Parameters(specs)
    state = try Parameters(encoder.state + decoder.state)
    try parameters.initialize(seed: spec.seed, checkpoint)
    state.initialize(seed: spec.seed)
    posteriorCount = posterior.parameters.count
  }

  /// Makes a copy of `other`: the same parts, with equal numbers of its own. Throws `memory`.
  package init(copying other: Model) throws(Fault) {
    spec = other.spec
    (encoder, decoder, decoderLayers) = (other.encoder, other.decoder, other.decoderLayers)
    (posterior, prior, likelihood) = (other.posterior, other.prior, other.likelihood)
    (closedPosterior, analyticPosterior) = (other.closedPosterior, other.analyticPosterior)
    (condition, conditionCopies) = (other.condition, other.conditionCopies)
    (preprocessor, view) = (other.preprocessor, other.view)
    posteriorCount = other.posteriorCount
    parameters = try Parameters(other.parameters.specs)
    state = try Parameters(other.state.specs)
    parameters.copy(other.parameters)
    state.copy(other.state)
  }

  private static func named(_ name: String, _ specs: [ParameterSpec]) -> [ParameterSpec] {
    specs.map { spec in
      var spec = spec
      spec.name = "\(name).\(spec.name)"
      return spec
    }
  }

  private static func prior(
    _ spec: ModelSpec, _ posterior: any Posterior, _ encoder: Stack
  ) throws(Fault) -> any Prior {
    let setting = PriorSetting(latent: spec.latent, posterior: posterior, encoder: encoder)
    let prior = try spec.prior.product.prior(setting)
    guard prior.latent == posterior.latent, prior.latent == spec.latent else {
      throw Fault(
        .shape,
        "the prior has \(prior.latent) latents and the posterior \(posterior.latent), in a model of \(spec.latent)",
        expected: "\(spec.latent) latents", got: "\(prior.latent) and \(posterior.latent)",
        hint: "give both the model's number of latents")
    }
    return prior
  }

  /// Builds the encoder, whose input includes the conditioning values: after the flattened row or,
  /// if the layers take an image, as channels of one constant value each.
  private static func encoder(
    _ spec: ModelSpec, _ posterior: any Posterior, input seen: Shape, given: Int
  ) throws(Fault) -> (stack: Stack, copies: Int) {
    func stack(_ input: Shape) throws(Fault) -> Stack {
      try Self.stack(
        spec.encoder, "encoder", input: input, needed: posterior.inputs,
        by: "the \(spec.posterior.typeName) posterior of \(spec.latent) latents")
    }
    guard given > 0 else { return (try stack(seen), 1) }
    let extents = seen.extents
    do throws(Fault) { return (try stack([seen.count + given]), 1) } catch {
      guard error.kind == .shape, (2...3).contains(extents.count) else { throw error }
      let channels = (extents.count == 3 ? extents[0] : 1) + given
      let (height, width) = (extents[extents.count - 2], extents[extents.count - 1])
      return (try stack([channels, height, width]), height * width)
    }
  }

  private static func stack(
    _ layers: [LayerChoice], _ name: String, input: Shape, needed: Int, by whom: String
  ) throws(Fault) -> Stack {
    try checkWidth(needed, name, by: whom)
    return try within(name) { () throws(Fault) in
      let stack = try Stack(layers, input: input, name: name, needed: needed)
      guard stack.output.count == needed else {
        let last = layers.count - 1
        throw Fault(
          .shape,
          "the last layer (\(layers[last].typeName)) ends in \(stack.output), but \(whom) needs \(needed) values",
          path: "[\(last)]", expected: "\(needed) values", got: "\(stack.output.count) values",
          hint: "give the last dense layer \(needed) units, or leave its units out")
      }
      return stack
    }
  }

  /// Throws `shape` if a stack would have to end in rows that are too wide.
  private static func checkWidth(_ needed: Int, _ name: String, by whom: String) throws(Fault) {
    guard needed > Graph.mostPerRow else { return }
    throw Fault(
      .shape, "\(whom) needs \(needed) values, more than the \(Graph.mostPerRow) possible",
      path: name,
      expected: "at most \(Graph.mostPerRow) values", got: "\(needed) values",
      hint: "take fewer latents or classes, or smaller examples")
  }

  /// The number of conditioning values of each row.
  var givenColumns: Int { condition?.columns ?? 0 }

  /// The parameters of each part; the encoder's come first.
  var encoderParameters: Range<Int> { 0..<encoder.parameters.count }
  var decoderParameters: Range<Int> { encoderParameters.following(decoder.parameters.count) }
  var posteriorParameters: Range<Int> { decoderParameters.following(posteriorCount) }
  var priorParameters: Range<Int> {
    posteriorParameters.upperBound..<parameters.specs.count
  }
  /// The index of the decoder's first state.
  var decoderState: Int { encoder.state.count }

  /// Writes rows of `data` into `block` as the likelihood sees them.
  func gather(
    _ rows: UnsafePointer<UInt32>, of data: any Examples, into block: Block, update: UInt32
  ) {
    data.gather(rows, into: block, update: update)
    preprocessor?.apply(block)
  }

  /// Whether KL(q(z|x) || p(z)) is known in closed form.
  package var hasAnalyticDivergence: Bool { analyticPosterior != nil }
}

extension Likelihood {
  /// Returns whether `layer` is the one that the likelihood absorbs.
  fileprivate func takesIn(_ layer: (any LayerPart)?) -> Bool {
    guard let absorbs, let layer else { return false }
    return type(of: layer) as Any.Type == absorbs
  }
}

extension Range<Int> {
  /// Returns the next `count` integers.
  fileprivate func following(_ count: Int) -> Range<Int> { upperBound..<upperBound + count }
}
