import Elbo
import Testing

/// Every registered part can be written in Swift with the options that it has on the wire.
@Suite struct LiteralTests {
  private static func types<K: Kind>(_ parts: [Choice<K>]) throws -> [String] {
    try parts.map { try #require($0.json["type"]?.text) }.sorted()
  }

  private static func registered<K: Kind>(
    _ kind: K.Type, besides rest: Set<String> = []
  ) -> [String] {
    K.registry.rows.map(\.type).filter { !rest.contains($0) }.sorted()
  }

  @Test func layers() throws {
    let all: [LayerChoice] = [
      .averagePool2d(), .batchNorm, .conv2d(channels: 1, kernel: Extents2D(2, 2)),
      .convTranspose2d(channels: 1, kernel: Extents2D(2, 2)), .dense, .dropout, .elu, .flatten,
      .gatedDense, .gelu, .groupNorm(groups: 1), .hardTanh, .layerNorm, .leakyRelu(), .maxPool2d(),
      .mish, .parallel(branches: [[.tanh], [.relu]]), .relu, .reshape(shape: [1]),
      .residual(layers: [.tanh]), .selu, .sigmoid, .silu, .softmax, .softplus, .softsign, .tanh,
      .upsample2d(),
    ]
    #expect(try Self.types(all) == Self.registered(LayerKind.self))
  }

  @Test func partsOfAModel() throws {
    let likelihoods: [Choice<LikelihoodKind>] = [
      .bernoulli, .categorical(classes: 2), .continuousBernoulli, .discretizedLogistic, .gaussian,
      .laplace, .mixed([(0..<1, .bernoulli)]), .negativeBinomial(), .poisson, .studentT(),
    ]
    let posteriors: [Choice<PosteriorKind>] = [.flow, .fullGaussian, .gaussian]
    let priors: [Choice<PriorKind>] = [.flow, .mixture, .standardNormal, .vamp]
    let conditions: [Choice<ConditionKind>] = [.label]
    #expect(try Self.types(likelihoods) == Self.registered(LikelihoodKind.self))
    #expect(try Self.types(posteriors) == Self.registered(PosteriorKind.self))
    #expect(try Self.types(priors) == Self.registered(PriorKind.self))
    #expect(try Self.types(conditions) == Self.registered(ConditionKind.self))
  }

  @Test func partsOfATraining() throws {
    let objectives: [Choice<ObjectiveKind>] = [
      .elbo, .importance(), .maximumMeanDiscrepancy(), .renyi(), .totalCorrelation(),
    ]
    let optimizers: [Choice<OptimizerKind>] = [
      .adagrad(), .adam, .adamax(), .adamw(), .amsgrad(), .nadam(), .radam(), .rmsprop(),
      .sgd(rate: 1),
    ]
    let schedules: [Choice<ScheduleKind>] = [
      .constant, .cosine(updates: 1), .exponential(factor: 0.5, every: 1),
      .piecewise(pieces: Pieces([])), .stages(), .step(every: 1), .warmUp(updates: 1),
    ]
    #expect(try Self.types(objectives) == Self.registered(ObjectiveKind.self))
    #expect(try Self.types(optimizers) == Self.registered(OptimizerKind.self))
    let changes: [Choice<PreprocessingKind>] = [
      .log1p(), .logit(), .oneHot(), .range(), .standardize(),
    ]
    #expect(try Self.types(changes) == Self.registered(PreprocessingKind.self))
    let policies: [Choice<PolicyKind>] = [.rewind(), .skip(), .stop]
    let augmentations: [Choice<AugmentationKind>] = [
      .flip(), .mask(probability: 0.1), .noise(deviation: 1), .shift(pixels: 1),
    ]
    #expect(try Self.types(augmentations) == Self.registered(AugmentationKind.self))
    #expect(try Self.types(policies) == Self.registered(PolicyKind.self))
    #expect(try Self.types(schedules) == Self.registered(ScheduleKind.self))
  }

  /// Arrays have an initializer of `DataSet`.
  @Test func partsOfData() throws {
    let sources: [Choice<SourceKind>] = [
      .csv(path: "a"), .hdf5(path: "a"), .idx(images: "a"), .npy(path: "a"), .npz(path: "a"),
      .pictures(path: "a"), .png(path: "a"),
      .safetensors(path: "a", tensor: "b"), .sqlite(path: "a", query: "b"), .strokes(count: 1),
    ]
    let transforms: [Choice<TransformKind>] = [
      .binarize, .perClass(count: 1), .scale(by: 1), .shuffle(), .subsample(factor: 2),
      .take(count: 1),
    ]
    #expect(try Self.types(sources) == Self.registered(SourceKind.self, besides: ["array"]))
    #expect(try Self.types(transforms) == Self.registered(TransformKind.self))
  }
}
