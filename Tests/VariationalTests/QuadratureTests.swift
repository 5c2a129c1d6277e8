import Tensors
import Testing

@testable import Variational

/// A nonlinear decoder of one and of two latents: log p(x) by numerical integration.
@Suite struct QuadratureTests {
  @Test(arguments: [1, 2]) func integrationHasConverged(latent: Int) throws {
    let quadrature = Quadrature(try SelfTest.bernoulli(latent: latent))
    let x = [1.0, 0, 1, 1, 0, 0]
    let coarse = quadrature.logLikelihood(x, points: 200)
    #expect((coarse - quadrature.logLikelihood(x, points: 400)).magnitude < 1e-9)
  }

  @Test func probabilitiesOfAllStatesAddUpToOne() throws {
    let quadrature = Quadrature(try SelfTest.bernoulli(latent: 1))
    var sum = LogSumExp()
    for state in 0..<64 {
      sum.add(quadrature.logLikelihood((0..<6).map { Double(state >> $0 & 1) }, points: 200))
    }
    #expect(sum.logSum.magnitude < 1e-9)
  }

  @Test(arguments: [1, 2]) func everyEstimateAgrees(latent: Int) throws {
    let model = try SelfTest.bernoulli(latent: latent)
    let data = SelfTest.binaryRows(model)
    let quadrature = Quadrature(model)
    let truth = (0..<data.count).map { row in
      quadrature.logLikelihood(
        data.tensor.values[row * 6..<(row + 1) * 6].map(Double.init), points: 160)
    }
    let rows = (0..<UInt32(data.count)).map { $0 }
    try withTeam { team in
      let importance = try Evaluation(model, samples: 20_000, seed: 3).logLikelihood(
        of: data, rows: rows, team: team
      ).logLikelihood
      let annealed = try AnnealedImportance(
        model, chains: 200, temperatures: 200, leapfrog: 4, seed: 3
      ).logLikelihood(of: data, rows: rows, team: team).logLikelihood
      let gap = try InferenceGap(model, samples: 4000, steps: 300, rate: 0.05, seed: 3).measure(
        of: data, rows: rows, team: team
      ).logLikelihood
      for estimate in [importance, annealed, gap] {
        let variances = try #require(estimate.monteCarloVariance)
        for row in rows.indices {
          let error = variances[row].squareRoot()
          #expect(error < 0.2)
          #expect((estimate.perRow[row] - truth[row]).magnitude < 4.5 * error + 1e-4)
        }
      }
    }
  }
}
