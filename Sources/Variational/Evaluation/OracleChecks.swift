import Glibc
import JSON
import Layers
import Tensors

/// Checks the evaluators against models whose log p(x) is known.
extension SelfTest {
  /// Three latents, five dimensions; its importance weights have all the moments that the checks
  /// need.
  static let wellBehaved = LinearGaussian(
    weight: [
      [1.2, 0.1, -0.4, 0.3, 0.2], [-0.2, 0.9, 0.3, 0.1, -0.5], [0.1, 0.2, 0.6, -0.8, 0.3],
    ], bias: [0.5, -1, 0.25, 0, 1.5], sigma: 0.6)

  func linearGaussian() throws(Fault) -> [Check] {
    let exact = Self.wellBehaved
    let model = try exact.model()
    let count = 12
    let latents = try model.latents(count, seed: 0, temperature: 1)
    let data = TensorRows(try model.decode(latents, drawing: 0), shape: model.spec.shape)
    let names = (0..<UInt32(count)).map { $0 }
    let rows = (0..<count).map { row in
      data.tensor.values[row * exact.dimensions..<(row + 1) * exact.dimensions].map(Double.init)
    }
    func mean(_ value: ([Double]) -> Double) -> Double {
      rows.reduce(0) { $0 + value($1) } / Double(count)
    }
    let truth = mean(exact.logLikelihood)
    func compare(_ check: String, _ expected: Double, _ got: Evaluation.Estimate) -> Check {
      Check(
        "linear-Gaussian: " + check, expected: expected, got: got.mean,
        tolerance: Self.tolerance(got.monteCarloError))
    }

    let few = Evaluation(model, samples: 5000, seed: 1)
    let bound = try few.bound(of: data, rows: names, team: team)
    let many = try Evaluation(model, samples: 2000, seed: 1).logLikelihood(
      of: data, rows: names, team: team)
    let annealing = AnnealedImportance(model, chains: 16, temperatures: 400, leapfrog: 5, seed: 1)
    let annealed = try annealing.logLikelihood(of: data, rows: names, team: team)
    let bracket = try AnnealedImportance(model, chains: 16, temperatures: 400, leapfrog: 5, seed: 0)
      .bracket(count: count, team: team)
    let gap = try InferenceGap(model, samples: 2000, steps: 100, rate: 0.02, seed: 1).measure(
      of: data, rows: names, team: team)
    let statistics = try LatentStatistics(
      model, of: data, rows: names, samples: 1, seed: 0, team: team)
    return [
      compare("ELBO of the best diagonal posterior", mean(exact.bestELBO), bound.elbo),
      compare("importance-weighted estimate of log p(x)", truth, many.logLikelihood),
      compare("annealed estimate of log p(x)", truth, annealed.logLikelihood),
      compare("lower end of the bracket", truth, bracket.lower),
      compare("upper end of the bracket", truth, bracket.upper),
      compare("approximation gap", truth - mean(exact.bestELBO), gap.approximation),
      Check(
        "linear-Gaussian: divergence of the first latent",
        expected: mean { exact.divergences($0)[0] }, got: statistics.divergence[0],
        tolerance: 1e-5),
    ]
  }

  /// Compares the tail index of the weights with its exact value: for two latents whose posterior
  /// has a correlation r it is |r|.
  func heavyTail() throws(Fault) -> [Check] {
    let exact = LinearGaussian(weight: [[1, 1], [0.2, 2]], bias: [0, 0], sigma: 0.8)
    let (aa, bb, ab) = (1 + 2 / 0.64, 1 + 4.04 / 0.64, 2.2 / 0.64)
    let correlation = ab / (aa * bb).squareRoot()
    let rows = (0..<16).map { UInt32($0) }
    let data = TensorRows(Tensor(zeros: [16, 2]), shape: [2])
    let answer = try Evaluation(try exact.model(), samples: 2000, seed: 0).logLikelihood(
      of: data, rows: rows, team: team)
    let indices = answer.tailIndex ?? []
    // The fit's deviation is (1 + k) / sqrt(tail), and its tail is only approximately Pareto's.
    let tail = Double(TailIndex.tail(of: 2000) ?? 1)
    return [
      Check(
        "linear-Gaussian: tail index of the importance weights", expected: correlation,
        got: indices.reduce(0, +) / Double(indices.count),
        tolerance: 3 * (1 + correlation) / (tail * 16).squareRoot() + 0.05)
    ]
  }

  /// Compares models of one and of two latents with numerical integration.
  func quadrature() throws(Fault) -> [Check] {
    var checks: [Check] = []
    for (latent, points) in [(1, 400), (2, 100)] {
      let model = try Self.bernoulli(latent: latent)
      let data = Self.binaryRows(model)
      let quadrature = Quadrature(model)
      let truth =
        (0..<data.count).reduce(0.0) { sum, row in
          let x = data.tensor.values[row * 6..<(row + 1) * 6].map(Double.init)
          return sum + quadrature.logLikelihood(x, points: points)
        } / Double(data.count)
      let names = (0..<UInt32(data.count)).map { $0 }
      let importance = try Evaluation(model, samples: 4000, seed: 0).logLikelihood(
        of: data, rows: names, team: team)
      let annealed = try AnnealedImportance(
        model, chains: 32, temperatures: 300, leapfrog: 4, seed: 0
      ).logLikelihood(of: data, rows: names, team: team)
      for (name, estimate) in [
        ("importance-weighted", importance.logLikelihood), ("annealed", annealed.logLikelihood),
      ] {
        checks.append(
          Check(
            "\(latent == 1 ? "one latent" : "two latents"): \(name) log p(x) against quadrature",
            expected: truth, got: estimate.mean,
            tolerance: Self.tolerance(estimate.monteCarloError)))
      }
    }
    return checks
  }
}
