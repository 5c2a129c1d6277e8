import Glibc
import JSON
import Layers
import Tensors
import Testing

@testable import Variational

@Suite struct LatentStatisticsTests {
  /// Divergences, activities and the aggregate from the closed forms of the linear-Gaussian model.
  @Test func agreesWithClosedForms() throws {
    let reference = try LinearGaussianReference("linear_gaussian")
    let (exact, rows) = (reference.exact, reference.rows)
    let statistics = try withTeam { team in
      try LatentStatistics(
        try exact.model(), of: reference.data, rows: rows, samples: 200, seed: 0, team: team)
    }
    let means = rows.map { exact.posteriorMean(reference.row(Int($0))) }
    for i in 0..<exact.latent {
      let divergence = rows.map { exact.divergences(reference.row(Int($0)))[i] }.mean
      #expect((statistics.divergence[i] - divergence).magnitude < 1e-5)
      let mean = means.map { $0[i] }.mean
      let activity =
        means.reduce(0) { $0 + ($1[i] - mean) * ($1[i] - mean) } / Double(rows.count - 1)
      #expect((statistics.activity[i] - activity).magnitude < 1e-5)
    }
    #expect(
      (statistics.totalDivergence.mean - statistics.divergence.reduce(0, +)).magnitude < 1e-9)
    let parts = statistics.mutualInformation.mean + statistics.aggregateDivergence.mean
    #expect((statistics.totalDivergence.mean - parts).magnitude < 1e-9)
    // For data drawn from the model the aggregate is nearly the prior; the difference comes from
    // having only 64 rows.
    #expect(statistics.aggregateDivergence.mean > 0)
    #expect(statistics.aggregateDivergence.mean < 1)
  }

  /// One latent: the mutual information by integration of the mixture.
  @Test func informationAgreesWithQuadrature() throws {
    let exact = LinearGaussian(weight: [[1.5, -1]], bias: [0, 0], sigma: 0.8)
    let values: [Float] = [0.5, 1, -1, 0.3, 2, -2, -0.7, -0.1, 0, 0.9]
    let data = TensorRows(Tensor([5, 2], values), shape: [2])
    let statistics = try withTeam { team in
      try LatentStatistics(
        try exact.model(), of: data, rows: [0, 1, 2, 3, 4], samples: 20_000, seed: 0, team: team)
    }
    let means = (0..<5).map {
      exact.posteriorMean([Double(values[2 * $0]), Double(values[2 * $0 + 1])])[0]
    }
    let variance = exact.variances[0]
    func density(_ z: Double, _ mean: Double) -> Double {
      exp(-0.5 * (z - mean) * (z - mean) / variance) / (2 * Double.pi * variance).squareRoot()
    }
    var divergence = 0.0
    let width = 0.001
    for point in -8000...8000 {
      let z = width * Double(point)
      let q = means.reduce(0) { $0 + density(z, $1) } / 5
      guard q > 0 else { continue }
      divergence += width * q * (log(q) + 0.5 * (log(2 * Double.pi) + z * z))
    }
    let error = try #require(statistics.aggregateDivergence.monteCarloError)
    #expect(error < 0.005)
    #expect((statistics.aggregateDivergence.mean - divergence).magnitude < 4 * error)
  }

  /// Rows whose posteriors do not overlap have the maximal information: log of their number.
  @Test func informationIsAtMostTheLogarithmOfTheRows() throws {
    let exact = LinearGaussian(weight: [[1, 1]], bias: [0, 0], sigma: 0.01)
    let values = (0..<3000).map { Float($0 / 2) }
    let data = TensorRows(Tensor([1500, 2], values), shape: [2])
    let statistics = try withTeam(threads: 2) { team in
      try LatentStatistics(
        try exact.model(), of: data, rows: (0..<1500).map { $0 }, samples: 1, seed: 0, team: team)
    }
    #expect((statistics.mutualInformation.mean - log(1500)).magnitude < 1e-4)
    #expect(statistics.mutualInformation.monteCarloError == nil)
  }

  @Test func refusesASingleRow() throws {
    let reference = try LinearGaussianReference("linear_gaussian")
    let fault = withTeam { team in
      #expect(throws: Fault.self) {
        try LatentStatistics(
          try reference.exact.model(), of: reference.data, rows: [0], samples: 1, seed: 0,
          team: team)
      }
    }
    #expect(fault?.kind == .params)
    #expect(fault?.path == "count")
  }

  @Test(arguments: [
    (#"{"type": "fullGaussian"}"#, #"{"type": "standardNormal"}"#),
    (#"{"type": "gaussian"}"#, #"{"type": "mixture"}"#),
  ])
  func refusesWhatHasNoDivergenceForEachLatent(posterior: String, prior: String) throws {
    let model = try Pairing(posterior: posterior, prior: prior).model(Small.plain)
    let fault = #expect(throws: Fault.self) {
      try LatentStatistics.requireDiagonal(model)
    }
    #expect(fault?.kind == .wrongState)
    #expect(fault?.hint?.contains("evaluate.elbo") == true)
  }
}
