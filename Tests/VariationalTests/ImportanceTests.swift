import Declarations
import Glibc
import JSON
import Layers
import References
import Tensors
import Testing

@testable import Variational

/// The importance-weighted bound with five samples, and its gradient estimators, compared with
/// PyTorch.
@Suite struct ImportanceAgainstPyTorch {
  let reference: Reference
  let data: Rows

  init() throws {
    reference = try Reference("importance")
    data = Rows([196], try reference["input"].values)
  }

  private func model(_ noise: Tensor? = nil) throws -> Model {
    var spec = try spec(
      """
      {"shape": [196], "latent": 4, "likelihood": {"type": "bernoulli"},
       "encoder": [{"type": "dense", "units": 32}, {"type": "tanh"}, {"type": "dense", "units": 24},
         {"type": "tanh"}, {"type": "dense"}],
       "decoder": [{"type": "dense", "units": 24}, {"type": "tanh"}, {"type": "dense", "units": 32},
         {"type": "tanh"}, {"type": "dense"}]}
      """)
    let posterior = ReferencePosterior(
      noise: try noise ?? reference["noise"], seed: 0, updates: 0...1)
    spec.posterior = Choice<PosteriorKind>(posterior) { $0 }
    let model = try Model(spec)
    try model.assign(reference.under("before."), at: "")
    return model
  }

  /// Returns the model for one sample with the reference's noise of sample `index`, and a row of
  /// its numbers for each example.
  private func single(_ index: Int) throws -> Model {
    let noise = try reference["noise"]
    let width = noise.width
    return try model(
      Tensor(
        Shape([1] + noise.shape.extents.dropFirst()),
        Array(noise.values[index * width..<(index + 1) * width])))
  }

  @Test func logWeightsAndBound() throws {
    let model = try model()
    let count = data.count
    let workspace = try Workspace(model, rows: count, samples: 5, isTraining: false)
    try data.all.withUnsafeBufferPointer { names in
      let names = try #require(names.baseAddress)
      let shard = Shard(
        names: names, rows: count, update: 0, seed: 0)
      data.gather(names, into: workspace.x, update: 0)
      _ = workspace.encode(shard)
      workspace.drawLatents(shard, samples: 5, isAnalytic: false)
      workspace.reconstruct(shard, samples: 5)
    }
    let terms = workspace.terms
    let weights = (0..<5).flatMap { sample in
      (0..<count).map { row in
        let index = row * 5 + sample
        return terms.reconstruction[index] + terms.logPrior[index] - terms.logPosterior[index]
      }
    }
    let (bound, elbo) = try withTeam(1) { team in
      let evaluation = Evaluation(model, samples: 5, seed: 0)
      return (
        try evaluation.logLikelihood(of: data, rows: data.all, team: team).logLikelihood,
        try evaluation.bound(of: data, rows: data.all, team: team).elbo
      )
    }
    for deviation in [
      Deviation("logWeight", weights, try reference["logWeight"].values, .activation),
      Deviation("bound", bound.perRow, try reference["bound"].values, .activation),
      Deviation("meanBound", [bound.mean], [try reference.number("meanBound")], .activation),
      Deviation(
        "sampledElbo", [weights.reduce(0, +) / Double(weights.count)],
        [try reference.number("sampledElbo")], .activation),
      Deviation(
        "analyticElbo", [elbo.mean], [try reference.number("analyticElbo")], .activation),
    ] { #expect(deviation.isTolerated, "\(deviation)") }
  }

  @Test(arguments: [
    ("reparameterized", "iwae"), ("stickTheLanding", "stl"), ("doublyReparameterized", "dreg"),
  ])
  func gradients(estimator: String, name: String) throws {
    let model = try model()
    let objective = try objective(
      #"{"type": "importance", "samples": 5, "estimator": "\#(estimator)"}"#)
    let gradient = try Gradient(model, objective, batch: data.count)
    let got = gradient.run(data.all, of: data)
    let deviation = Deviation(
      "meanBound", [got.means.objective], [try reference.number("meanBound")], .activation)
    #expect(deviation.isTolerated, "\(deviation)")
    for (index, spec) in model.parameters.specs.enumerated() {
      let expected = try reference["gradient.\(name).\(spec.name)"].values.map { -$0 }
      let deviation = Deviation(spec.name, got.gradients[index], expected, .product)
      #expect(deviation.isTolerated, "\(deviation)")
    }
  }

  @Test(arguments: ["0.5", "2.0", "-1.0"])
  func renyi(alpha: String) throws {
    let model = try model()
    let objective = try objective(#"{"type": "renyi", "samples": 5, "alpha": \#(alpha)}"#)
    let got = try Gradient(model, objective, batch: data.count).run(data.all, of: data).means
    let bounds = try #require(reference.scalars["renyi"]?[alpha])
    let deviation = Deviation("renyi", [got.objective], [try Double(json: bounds)], .activation)
    #expect(deviation.isTolerated, "\(deviation)")
  }

  /// With one sample the bound is the sampled ELBO: the mean over the five samples equals the
  /// reference's.
  @Test func stickTheLandingWithOneSample() throws {
    let one = try objective(
      #"{"type": "importance", "samples": 1, "estimator": "stickTheLanding"}"#)
    var means: [[Double]] = []
    var names: [String] = []
    for sample in 0..<5 {
      let model = try single(sample)
      let got = try Gradient(model, one, batch: data.count).run(data.all, of: data)
      names = model.parameters.specs.map(\.name)
      for (index, gradient) in got.gradients.enumerated() {
        if sample == 0 { means.append([Double](repeating: 0, count: gradient.count)) }
        for i in gradient.indices { means[index][i] += Double(gradient[i]) / 5 }
      }
    }
    for (index, name) in names.enumerated() {
      let expected = try reference["gradient.elboStl.\(name)"].values.map { -$0 }
      let deviation = Deviation(name, means[index], expected, .product)
      #expect(deviation.isTolerated, "\(deviation)")
    }
  }
}

/// log(sum of exp) in a stream, for numbers of any size and order.
@Suite struct StreamedSums {
  private static let table: [(values: [Double], logSum: Double, effectiveSize: Double)] = [
    ([0], 0, 1),
    ([-1e4, -1e4], -9999.30685281944, 2),
    // A weight of one and a weight of a third.
    ([1e4, 1e4 - log(3)], 1e4 + log(4) - log(3), 1.6),
    ([-.infinity, 5, -.infinity], 5, 1),
    ([-.infinity, -.infinity], -.infinity, 0),
    ([-700, 700, -700], 700, 1),
    ([1, 2, 3, 4], 4.440189698561196, 2.086110772843277),
  ]

  @Test(arguments: table)
  func areExact(values: [Double], logSum: Double, effectiveSize: Double) {
    for values in [values, values.reversed()] {
      var (sum, weights) = (LogSumExp(), Weights())
      for value in values {
        sum.add(value)
        weights.add(value)
      }
      let bound = 1e-12 * max(1, logSum.magnitude)
      #expect(sum.logSum == logSum || (sum.logSum - logSum).magnitude < bound)
      let mean = logSum - log(Double(values.count))
      #expect(weights.logMean == mean || (weights.logMean - mean).magnitude < bound)
      #expect((weights.effectiveSize - effectiveSize).magnitude < 1e-9)
    }
  }

  /// A NaN weight is not 0, and an infinite one makes the sum undefined.
  @Test(arguments: [Double.nan, .infinity])
  func thatAreNotFiniteAreNotAnswered(value: Double) {
    for values in [[1, value, 2], [value, 1], [1, value], [-Double.infinity, value], [value]] {
      var (sum, weights) = (LogSumExp(), Weights())
      for value in values {
        sum.add(value)
        weights.add(value)
      }
      #expect(sum.logSum.isNaN, "\(values)")
      for figure in [
        weights.logMean, weights.effectiveSize, weights.variance, weights.varianceOfVariance,
      ] { #expect(figure.isNaN, "\(values)") }
    }
  }

  @Test func ofNoWeightHaveNoVariance() {
    var weights = Weights()
    for _ in 0..<3 { weights.add(-.infinity) }
    #expect(weights.logMean == -.infinity && weights.effectiveSize == 0)
    #expect(weights.variance.isNaN && weights.varianceOfVariance.isNaN)
  }

  /// The variance of a weight over its squared mean, with n - 1 in the denominator: 1 / 4 for 1, 2,
  /// 3; a third of that is the mean's.
  @Test func variance() {
    var weights = Weights()
    for weight in [1.0, 2, 3] { weights.add(log(weight) - 900) }
    #expect((weights.variance - 0.25 / 3).magnitude < 1e-12)
  }

  /// (fourth moment - variance^2) / n, in units of the mean, over (n - 1)^2: for 1, 2, 3, 6 the
  /// central moments are 3.5 and 24.5.
  @Test func varianceOfVariance() {
    var weights = Weights()
    for weight in [1.0, 2, 3, 6] { weights.add(log(weight) + 700) }
    let (second, fourth) = (3.5 / 9, 24.5 / 81)
    let expected = (fourth - second * second) / 4 / 9
    #expect((weights.varianceOfVariance - expected).magnitude < 1e-12)
    var equal = Weights()
    for _ in 0..<10 { equal.add(-3) }
    #expect(equal.variance == 0 && equal.varianceOfVariance == 0)
  }

  /// For variances v, their deviations D and the mean shortfall B: the root of mean v / n + 2 D /
  /// n^2 + B^2.
  @Test func errorHasItsDoubtAndWhatIsMissing() throws {
    var estimate = Evaluation.Estimate(perRow: [1, 2], monteCarloVariance: [0.25, 0.75])
    estimate.logMeans = [
      .init(shortfall: 0.25, varianceOfVariance: 0.0625),
      .init(shortfall: 0.75, varianceOfVariance: 0.1875),
    ]
    // 1 / 4 + 2 * 0.5 / 4 + 0.5^2.
    let error = try #require(estimate.monteCarloError)
    #expect((error - 0.75.squareRoot()).magnitude < 1e-12)
  }
}
