import Glibc
import Layers
import Tensors
import Testing

@testable import Variational

@Suite struct GradientQualityTests {
  private typealias Estimator = GradientEstimator

  private func measure(
    _ samples: Int, draws: Int, estimators: [Estimator], model: Model, data: TensorRows
  ) throws -> [GradientQuality] {
    var bound = ImportanceWeightedBound()
    bound.inner = samples
    let objectives = estimators.map { estimator -> (any Objective)? in
      var own = bound
      own.estimator = estimator
      return estimator == .reparameterized ? nil : own
    }
    return try withTeam { team in
      try GradientQuality.measure(
        objectives, against: bound, of: model, data: data,
        rows: (0..<UInt32(data.count)).map { $0 }, draws: draws, seed: 0, team: team)
    }
  }

  /// Roeder et al.: with the exact posterior the path derivative has no variance at all, but the
  /// whole derivative has.
  @Test func withoutTheScoreTheVarianceVanishesAtTheExactPosterior() throws {
    // With one latent, the diagonal posterior is the exact one.
    let exact = LinearGaussian(weight: [[0.9, -0.4, 0.7]], bias: [0, 0.5, 1], sigma: 0.5)
    let model = try exact.model()
    let data = TensorRows(
      Tensor([4, 3], (0..<12).map { Float($0) * 0.2 - 1 }), shape: [3])
    let answers = try measure(
      1, draws: 200, estimators: [.reparameterized, .stickTheLanding], model: model, data: data)
    #expect(answers[0].encoder.variance > 0.01)
    #expect(answers[1].encoder.variance < 1e-6 * answers[0].encoder.variance)
  }

  @Test func onlyStickTheLandingIsBiasedForManySamples() throws {
    let model = try SelfTest.bernoulli(latent: 2)
    let answers = try measure(
      20, draws: 3000, estimators: Estimator.allCases, model: model,
      data: SelfTest.binaryRows(model))
    for (estimator, answer) in zip(Estimator.allCases, answers) {
      switch estimator {
      case .reparameterized: #expect(answer.encoder.bias == 0 && answer.encoder.biasError == 0)
      case .stickTheLanding: #expect(answer.encoder.bias > 4 * answer.encoder.biasError)
      case .doublyReparameterized:
        #expect(answer.encoder.bias < 2 * answer.encoder.biasError)
        // Tucker et al., figure 1.
        #expect(answer.encoder.signalToNoise > 1.5 * answers[0].encoder.signalToNoise)
      }
      // The decoder's gradient is the same for all.
      #expect(answer.decoder.bias == 0)
      #expect(answer.decoder.variance == answers[0].decoder.variance)
    }
  }

  /// Rainforth et al.: with k samples the encoder's ratio falls like 1 / sqrt(k), the decoder's
  /// rises like sqrt(k).
  @Test func moreSamplesHarmTheEncodersSignal() throws {
    let model = try SelfTest.bernoulli(latent: 2)
    let data = SelfTest.binaryRows(model)
    let few = try measure(2, draws: 4000, estimators: [.reparameterized], model: model, data: data)
    let many = try measure(
      128, draws: 4000, estimators: [.reparameterized], model: model, data: data)
    #expect(many[0].encoder.signalToNoise < 0.8 * few[0].encoder.signalToNoise)
    #expect(many[0].decoder.signalToNoise > 2 * few[0].decoder.signalToNoise)
  }

  /// The error of the variance is its spread over seeds of noise; here over disjoint sets of draws.
  @Test func varianceOfKnownNoise() throws {
    // For the ELBO with one sample and a decoder that ignores z, the whole gradient in the
    // encoder's bias is the divergence's, without noise.
    let exact = LinearGaussian(weight: [[0]], bias: [0], sigma: 1)
    let model = try exact.model()
    let data = TensorRows(Tensor([2, 1], [0.5, -1]), shape: [1])
    var elbo = EvidenceLowerBound()
    elbo.samples = 1
    let answer = try withTeam { team in
      try GradientQuality.measure(
        [nil], against: elbo, of: model, data: data, rows: [0, 1], draws: 2000, seed: 0,
        team: team)
    }
    #expect(answer[0].encoder.variance == 0)
    // Decoder: d/db = mean error, no noise; d/dW = mean over rows of (x - b) z with z standard
    // normal: variance (0.25 + 1) / 4.
    let expected = (0.25 + 1) / 4 / 2
    let decoder = answer[0].decoder
    #expect((decoder.variance - expected).magnitude < 4 * decoder.varianceError)
    #expect((decoder.varianceError / (expected * (2.0 / 2000).squareRoot()) - 1).magnitude < 0.15)
  }
}
