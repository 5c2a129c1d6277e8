import Declarations
import Glibc
import JSON
import Layers
import References
import Tensors
import Testing

@testable import Variational

/// The standard normal without `isStandardNormal`, so that divergences to it are sampled.
private struct Anonymous: PriorModule {
  static let type = "anonymous"
  static let summary = "The standard normal without its name."
  static let fields: [Field<Anonymous>] = []

  func prior(_ setting: PriorSetting) -> any Prior {
    Law(standard: StandardNormal().prior(setting))
  }

  private struct Law: Prior {
    let standard: any Prior
    var latent: Int { standard.latent }

    func logDensity(
      _ z: Block, into logDensity: UnsafeMutablePointer<Double>, _ pass: LatentPass
    ) {
      standard.logDensity(z, into: logDensity, pass)
    }
    func backward(_ z: Block, weights: PriorWeights, adding dz: Block, _ pass: LatentPass) {
      standard.backward(z, weights: weights, adding: dz, pass)
    }
    func draw(_ noise: Block, into z: Block, _ pass: LatentPass) {
      standard.draw(noise, into: z, pass)
    }
  }
}

/// Whole models: layers, posterior, prior, likelihood and objective together.
@Suite struct EveryObjective {
  static let binary =
    [
      #"{"type": "elbo"}"#, #"{"type": "elbo", "samples": 3, "beta": 0.25}"#,
      #"{"type": "elbo", "samples": 2, "beta": 4}"#,
      #"{"type": "importance", "samples": 1}"#,
      #"{"type": "importance", "samples": 4}"#,
      #"{"type": "importance", "samples": 3, "outer": 2}"#,
      #"{"type": "renyi", "samples": 4, "alpha": 0.5}"#,
      #"{"type": "renyi", "samples": 3, "alpha": -1}"#,
      #"{"type": "renyi", "samples": 2, "alpha": 1}"#,
      #"{"type": "elbo", "samples": 2, "beta": 3, "warmUp": 7}"#,
      #"{"type": "elbo", "beta": 2, "capacity": {"maximum": 9, "updates": 4}}"#,
    ]
    + ObjectiveKind.examples.filter {
      !$0.contains("stickTheLanding") && !$0.contains("doublyReparameterized")
    }

  /// Estimators that are the derivative of the bound on the same noise, for models with and without
  /// layers that couple rows and draw, with a known divergence and with a sampled one. Fifteen
  /// rows: several shards, a short one among them.
  @Test(arguments: Small.names, binary)
  func gradientIsThatOfCentralDifferences(name: String, objective: String) throws {
    for isSampled in [false, true] {
      var spec = try smooth(Small.table[name] ?? "")
      if isSampled { spec.prior = Choice<PriorKind>(Anonymous()) { $0 } }
      let model = try Model(spec)
      // Some objectives require a known divergence.
      guard (try? VariationalTests.objective(objective).check(model)) != nil else {
        continue
      }
      try checkGradient(model, Rows(binary: 15, [9]), objective, "sampled: \(isSampled)")
    }
  }

  @Test(arguments: [#""deviation": 0.7"#, #""floor": 0.001"#])
  func withAGaussianLikelihood(option: String) throws {
    let text = Small.plain.replacing(
      #"{"type": "bernoulli"}"#, with: #"{"type": "gaussian", \#(option)}"#)
    try checkGradient(
      try Model(smooth(text)), Rows([9], numbers(15 * 9, seed: 4)), Self.binary[1], option)
  }

  /// Returns the model with tanh in place of rectifiers: among so many draws some would lie on a
  /// kink, where differences are useless.
  private func smooth(_ text: String) throws -> ModelSpec {
    try spec(text.replacing("relu", with: "tanh"))
  }

  /// With one sample, the bound is the sampled ELBO; the estimators differ by terms of mean zero.
  @Test func importanceOfOneSampleIsTheSampledBound() throws {
    var spec = try spec(Small.plain)
    spec.prior = Choice<PriorKind>(Anonymous()) { $0 }
    let model = try Model(spec)
    let data = Rows(binary: 15, [9])
    let results = try [#"{"type": "elbo"}"#, #"{"type": "importance", "samples": 1}"#].map {
      try Gradient(model, try objective($0), batch: 15).run(data.all, of: data)
    }
    #expect((results[0].means.objective - results[1].means.objective).magnitude < 1e-9)
    for (a, b) in zip(results[0].gradients, results[1].gradients) {
      #expect(Deviation("gradient", a, b, .product).isTolerated)
    }
  }

  /// The division of a batch does not matter: 601 rows with five samples are more shards than
  /// lanes.
  @Test(arguments: Small.names)
  func shardsAddUp(name: String) throws {
    let model = try Small.model(name)
    if model.encoder.couplesRows { return }
    let data = Rows(binary: 601, [9])
    try checkShardsAddUp(model, data, #"{"type": "elbo", "samples": 5}"#, .product)
  }
}

/// Compares the gradient over all rows with the mean of those of single rows.
func checkShardsAddUp(
  _ model: Model, _ data: Rows, _ text: String, _ tolerance: Tolerance
) throws {
  let objective = try objective(text)
  let whole = try Gradient(model, objective, batch: data.count).run(data.all, of: data)
  let single = try Gradient(model, objective, batch: 1)
  var sums = model.parameters.specs.map { [Double](repeating: 0, count: $0.shape.count) }
  for row in data.all {
    for (index, gradient) in single.run([row], of: data).gradients.enumerated() {
      for i in gradient.indices { sums[index][i] += Double(gradient[i]) / Double(data.count) }
    }
  }
  for (index, spec) in model.parameters.specs.enumerated() {
    let deviation = Deviation(spec.name, whole.gradients[index], sums[index], tolerance)
    #expect(deviation.isTolerated, "\(deviation)")
  }
}

/// Compares the gradient over all rows with central differences, at parameters moved away from
/// their initial values.
func checkGradient(
  _ model: Model, _ data: Rows, _ text: String, _ note: String
) throws {
  let parameters = model.parameters
  for (index, spec) in parameters.specs.enumerated() {
    let start = parameters.tensor(index).values
    let move = numbers(start.count, seed: 70 + UInt64(index))
    parameters.assign(
      Tensor(spec.shape, zip(start, move).map { $0 + 0.2 * $1 }), to: index)
  }
  let gradient = try Gradient(model, try objective(text), batch: data.count)
  func run() -> (gradients: [[Float]], means: Gradient.Means, squares: Double) {
    gradient.run(data.all, of: data, update: 3, seed: 5)
  }
  let got = run()
  let squares = got.gradients.joined().reduce(0.0) { $0 + Double($1) * Double($1) }
  #expect((got.squares - squares).magnitude <= 1e-9 * squares)
  for (index, spec) in parameters.specs.enumerated() {
    let values = parameters.tensor(index).values
    // A few entries of each parameter, since all of them would take minutes.
    for entry in stride(from: index % 3, to: values.count, by: max(1, values.count / 7)) {
      func slope(_ step: Float) -> Double {
        let objectives = [step, -step].map { step in
          var moved = values
          moved[entry] += step
          parameters.assign(Tensor(spec.shape, moved), to: index)
          return run().means.objective
        }
        parameters.assign(Tensor(spec.shape, values), to: index)
        return (objectives[0] - objectives[1]) / Double(2 * step)
      }
      let (wide, narrow) = (slope(1 / 32), slope(1 / 64))
      let expected = (4 * narrow - wide) / 3
      // Differences of a large objective lose digits; a weight of 1000 makes it large.
      let allowed = 1e-3 * max(1, expected.magnitude) + 2e-6 * got.means.objective.magnitude
      #expect(
        (Double(got.gradients[index][entry]) - expected).magnitude < allowed,
        "\(note), \(spec.name)[\(entry)]: differences give \(wide), \(narrow)")
    }
  }
}
