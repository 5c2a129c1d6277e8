import Glibc
import Tensors
import Testing

@testable import Variational

/// Evaluators compared with log p(x) in closed form.
@Suite struct LinearGaussianTests {
  @Test(arguments: ["linear_gaussian", "linear_gaussian_heavy_tail"])
  func closedFormsAgreeWithPyTorch(name: String) throws {
    let reference = try LinearGaussianReference(name)
    let all = reference.rows.map { reference.row(Int($0)) }
    // The file holds float32.
    #expect(all.map(reference.exact.logLikelihood).distance(from: reference.logLikelihood) < 2e-7)
    #expect(all.map(reference.exact.bestELBO).distance(from: reference.bestELBO) < 2e-7)
  }

  @Test func elboReachesThatOfTheBestDiagonalPosterior() throws {
    let reference = try LinearGaussianReference("linear_gaussian")
    let bound = try withTeam { team in
      try Evaluation(try reference.exact.model(), samples: 2000, seed: 0).bound(
        of: reference.data, rows: reference.rows, team: team)
    }
    let error = try #require(bound.elbo.monteCarloError)
    #expect(error < 0.01)
    #expect((bound.elbo.mean - (try reference.note("meanBestDiagonalElbo"))).magnitude < 4 * error)
    let exact = reference.rows.map { reference.exact.divergences(reference.row(Int($0))) }
    #expect(bound.divergence.perRow.distance(from: exact.map { $0.reduce(0, +) }) < 2e-6)
  }

  @Test func importanceWeightedBoundRisesToTheExactValueAndNeverPassesIt() throws {
    let reference = try LinearGaussianReference("linear_gaussian")
    let exact = try reference.note("meanLogLikelihood")
    let model = try reference.exact.model()
    try withTeam { team in
      // The bound with k samples, averaged over many seeds to show its expectation.
      var before = try reference.note("meanBestDiagonalElbo")
      for (samples, seeds) in [(2, 800), (8, 400), (32, 200), (128, 100), (2000, 10)] {
        let values = try (0..<seeds).map { seed in
          try Evaluation(model, samples: samples, seed: seed).logLikelihood(
            of: reference.data, rows: reference.rows, team: team
          ).logLikelihood.mean
        }
        let mean = values.mean
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let error = (squares / Double(seeds * (seeds - 1))).squareRoot()
        #expect(mean < exact + 4 * error, "k = \(samples)")
        #expect(mean > before, "k = \(samples)")
        before = mean
      }
      #expect(exact - before < 1e-3)
    }
  }

  @Test func monteCarloErrorOfTheEstimateIsItsSpreadOverSeeds() throws {
    let reference = try LinearGaussianReference("linear_gaussian")
    let model = try reference.exact.model()
    try withTeam { team in
      var (values, errors): ([Double], [Double]) = ([], [])
      for seed in 0..<200 {
        let estimate = try Evaluation(model, samples: 200, seed: seed).logLikelihood(
          of: reference.data, rows: reference.rows, team: team
        ).logLikelihood
        values.append(estimate.mean)
        errors.append(try #require(estimate.monteCarloError))
      }
      let mean = values.mean
      let spread = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 199).squareRoot()
      #expect((errors.mean / spread - 1).magnitude < 0.2)
    }
  }

  @Test func annealingAgreesRowByRow() throws {
    let reference = try LinearGaussianReference("linear_gaussian")
    let answer = try withTeam { team in
      try AnnealedImportance(
        try reference.exact.model(), chains: 16, temperatures: 500, leapfrog: 5, seed: 0
      ).logLikelihood(of: reference.data, rows: reference.rows, team: team)
    }
    let error = try #require(answer.logLikelihood.monteCarloError)
    #expect(error < 0.02)
    #expect(
      (answer.logLikelihood.mean - (try reference.note("meanLogLikelihood"))).magnitude < 4 * error)
    #expect(answer.logLikelihood.perRow.distance(from: reference.logLikelihood) < 0.1)
    #expect((answer.acceptance - 0.65).magnitude < 0.03)
    #expect(answer.effectiveSampleSize.allSatisfy { $0 > 8 && $0 <= 16 })
  }

  /// E[w] = p(x) for any number of temperatures, which makes the logarithm a lower bound.
  @Test(arguments: [1, 2, 5]) func meanOfAnnealedWeightsIsUnbiased(temperatures: Int) throws {
    let exact = LinearGaussian(weight: [[0.8, -0.5]], bias: [0.3, 0.1], sigma: 0.7)
    let x = [1.0, -0.4]
    let data = TensorRows(Tensor([1, 2], x.map { Float($0) }), shape: [2])
    let answer = try withTeam { team in
      try AnnealedImportance(
        try exact.model(), chains: 200_000, temperatures: temperatures, leapfrog: 3, seed: 0
      ).logLikelihood(of: data, rows: [0], team: team)
    }
    let error = try #require(answer.logLikelihood.monteCarloError)
    #expect(error < 0.003)
    #expect((answer.logLikelihood.mean - exact.logLikelihood(x)).magnitude < 4 * error)
  }

  @Test func bracketHoldsTheExactMean() throws {
    let exact = try LinearGaussianReference("linear_gaussian").exact
    let model = try exact.model()
    let count = 100
    // The data that the bracket simulates with its seed.
    let latents = try model.latents(count, seed: 5, temperature: 1)
    let x = try model.decode(latents, drawing: 5).values.map(Double.init)
    let truth = (0..<count).map { row in
      exact.logLikelihood(
        Array(x[row * exact.dimensions..<(row + 1) * exact.dimensions]))
    }
    try withTeam { team in
      // With few temperatures the bounds are apart, and on the right sides of the truth.
      let wide = try AnnealedImportance(model, chains: 4, temperatures: 30, leapfrog: 3, seed: 5)
        .bracket(count: count, team: team)
      #expect(wide.lower.mean < truth.mean - 0.05)
      #expect(wide.upper.mean > truth.mean + 0.05)
      let narrow = try AnnealedImportance(
        model, chains: 16, temperatures: 600, leapfrog: 5, seed: 5
      )
      .bracket(count: count, team: team)
      let error = try #require(narrow.lower.monteCarloError)
      #expect(narrow.upper.mean - narrow.lower.mean < 0.05)
      #expect((narrow.lower.mean - truth.mean).magnitude < 4 * error)
      #expect((narrow.upper.mean - truth.mean).magnitude < 4 * error)
    }
  }

  /// Over data from the model, E[w] = p(x) on the way from the prior and E[1 / w] = 1 / p(x) on the
  /// way back, for any number of temperatures: so both bounds are on the right sides.
  @Test(arguments: [2, 4]) func weightsAreUnbiasedInBothDirections(temperatures: Int) throws {
    let exact = LinearGaussian(weight: [[0.7, -0.4]], bias: [0.3, 0.1], sigma: 1)
    let model = try exact.model()
    let count = 40_000
    let bracket = try withTeam(threads: 2) { team in
      try AnnealedImportance(model, chains: 1, temperatures: temperatures, leapfrog: 2, seed: 3)
        .bracket(count: count, team: team)
    }
    let x = try model.decode(model.latents(count, seed: 3, temperature: 1), drawing: 3).values
    let truth = (0..<count).map { exact.logLikelihood([Double(x[2 * $0]), Double(x[2 * $0 + 1])]) }
    for ratios in [
      zip(bracket.lower.perRow, truth).map { exp($0 - $1) },
      zip(bracket.upper.perRow, truth).map { exp($1 - $0) },
    ] {
      let estimate = Evaluation.Estimate(perRow: ratios)
      let error = try #require(estimate.standardError)
      #expect(error < 0.01)
      #expect((estimate.mean - 1).magnitude < 4 * error)
    }
  }

  @Test func gapsAreTheExactOnes() throws {
    let reference = try LinearGaussianReference("linear_gaussian")
    let model = try reference.exact.model()
    // An inaccurate encoder: means off by 0.3, variances doubled.
    let latent = reference.exact.latent
    var bias = model.parameters.tensor(1)
    for i in 0..<latent {
      bias.values[i] += 0.3
      bias.values[latent + i] += Float(log(2.0))
    }
    model.parameters.assign(bias, to: 1)
    // The ELBO loses KL(q || best q), where q is the encoder's, with the posterior's precision P_ii
    // = 1 / variance; the shift d of the mean contributes d P d / 2 with the full precision.
    let exact = reference.exact
    var lost = 0.0
    for i in 0..<latent {
      lost += 0.5 * (2 - 1 - log(2))
      for j in 0..<latent {
        let product = zip(exact.weight[i], exact.weight[j]).reduce(0) { $0 + $1.0 * $1.1 }
        let precision = product / (exact.sigma * exact.sigma) + (i == j ? 1 : 0)
        lost += 0.5 * 0.09 * precision
      }
    }
    let answer = try withTeam { team in
      try InferenceGap(model, samples: 1000, steps: 600, rate: 0.02, seed: 0).measure(
        of: reference.data, rows: Array(reference.rows.prefix(24)), team: team)
    }
    let approximation = (0..<24).map { reference.logLikelihood[$0] - reference.bestELBO[$0] }.mean
    let error = try #require(answer.approximation.monteCarloError)
    #expect(error < 0.01)
    #expect((answer.approximation.mean - approximation).magnitude < 4 * error)
    let lossError = try #require(answer.amortization.monteCarloError)
    #expect((answer.amortization.mean - lost).magnitude < 4 * lossError + 1e-3)
    // The fitted q comes within a thousandth of the best one.
    let best = try #require(answer.bestELBO.monteCarloError)
    #expect(
      (answer.bestELBO.mean - reference.bestELBO.prefix(24).map { $0 }.mean).magnitude < 4 * best
        + 1e-3)
  }
}
