import Glibc
import JSON
import Layers
import References
import Tensors
import Testing

@testable import Variational

/// The importance-weighted bound with five samples, and its gradient estimators, against PyTorch.
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

  /// The model for one sample with the reference's noise of sample `index`, and a row of its numbers for each example.
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
      let job = Workspace.Job(
        names: names, rows: count, update: 0, seed: 0, gradients: model.parameters.blocks)
      data.gather(names, into: workspace.x, update: 0)
      _ = workspace.encode(job)
      workspace.drawLatents(job, samples: 5, isAnalytic: false)
      workspace.reconstruct(job, samples: 5)
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

  /// With one sample the bound is the sampled ELBO: the mean over the five samples is the reference's.
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

/// log(sum of exp) in a stream: what the numbers are whatever their size and order.
@Suite struct StreamedSums {
  private static let table: [(values: [Double], logSum: Double, effectiveSize: Double)] = [
    ([0], 0, 1),
    ([-1e4, -1e4], -9999.30685281944, 2),
    // A third beside a whole.
    ([1e4, 1e4 - log(3)], 1e4 + log(4) - log(3), 1.6),
    ([-.infinity, 5, -.infinity], 5, 1),
    ([-.infinity, -.infinity], -.infinity, 0),
    ([-700, 700, -700], 700, 1),
    ([1, 2, 3, 4], 4.440189698561196, 2.086110772843277),
  ]

  @Test(arguments: table)
  func areExact(values: [Double], logSum: Double, effectiveSize: Double) {
    for values in [values, values.reversed()] {
      var sum = LogSumExp()
      for value in values { sum.add(value) }
      let error = (sum.logSum - logSum).magnitude
      #expect(sum.logSum == logSum || error < 1e-12 * max(1, logSum.magnitude))
      #expect((sum.effectiveSize - effectiveSize).magnitude < 1e-9)
    }
  }

  /// Variance of a weight over its squared mean, n - 1 in the denominator: of 1, 2, 3 it is 1 / 4.
  @Test func relativeVariance() {
    var sum = LogSumExp()
    for weight in [1.0, 2, 3] { sum.add(log(weight) - 900) }
    #expect((sum.relativeVariance - 0.25).magnitude < 1e-12)
  }
}
