import Glibc
import JSON
import Layers
import References
import Tensors
import Testing

@testable import Variational

@Suite struct EvaluatedRows {
  /// A row's values do not depend on the other rows: to the bit for any number of threads, and up
  /// to rounding (for few rows the kernels of the products sum in another order) with any other
  /// rows and in any order; also for more samples than a chunk holds.
  @Test(arguments: Small.names, [1, 3, 300])
  func doNotDependOnTheirCompany(name: String, samples: Int) throws {
    let model = try Small.model(name)
    let data = Rows(binary: 90, [9])
    let evaluation = Evaluation(model, samples: samples, seed: 8)
    func values(_ rows: [UInt32], _ threads: Int) throws -> [[Double]] {
      try withTeam(threads) { team in
        let bound = try evaluation.bound(of: data, rows: rows, team: team)
        let likelihood = try evaluation.logLikelihood(of: data, rows: rows, team: team)
        return [
          bound.elbo.perRow, bound.reconstruction.perRow, bound.divergence.perRow,
          likelihood.logLikelihood.perRow, likelihood.effectiveSampleSize,
          bound.elbo.monteCarloVariance ?? [],
          likelihood.logLikelihood.monteCarloVariance ?? [],
        ]
      }
    }
    let all = try values(data.all, 1)
    for threads in [2, 3] {
      let isSame = try values(data.all, threads) == all
      #expect(isSame, "\(threads) threads")
    }
    for rows: [UInt32] in [data.all.reversed(), [17], [89, 3], Array(40..<75)] {
      for (part, (got, whole)) in zip(try values(rows, 2), all).enumerated() {
        let expected = whole.isEmpty ? [] : rows.map { whole[Int($0)] }
        let deviation = Deviation("part \(part)", got, expected, .entry(3e-6))
        #expect(deviation.isTolerated, "\(rows.count) rows: \(deviation)")
      }
    }
  }

  @Test func meanAndStandardErrorWeighRowsEqually() {
    let estimate = Evaluation.Estimate(
      perRow: [1, 2, 4, 9], monteCarloVariance: [0.5, 0.25, 0.25, 3])
    #expect(estimate.mean == 4)
    // Squares 9, 4, 0, 25: 38 / 3 / 4.
    #expect((estimate.standardError ?? 0) == (38.0 / 12).squareRoot())
    #expect((estimate.monteCarloError ?? 0) == 0.5)
    let one = Evaluation.Estimate(perRow: [3])
    #expect(one.mean == 3 && one.standardError == nil && one.monteCarloError == nil)
  }

  /// A stream of chunks gives the same as all samples at once, up to rounding.
  @Test(arguments: [2, 256, 700])
  func streamsAreTheWhole(samples: Int) throws {
    let model = try Small.model("plain")
    let data = Rows(binary: 3, [9])
    let evaluation = Evaluation(model, samples: samples, seed: 8)
    let (bound, likelihood) = try withTeam(2) { team in
      (
        try evaluation.bound(of: data, rows: data.all, team: team),
        try evaluation.logLikelihood(of: data, rows: data.all, team: team)
      )
    }
    let workspace = try Workspace(model, rows: 3, samples: samples, isTraining: false)
    data.all.withUnsafeBufferPointer { names in
      let names = names.baseAddress.unsafelyUnwrapped
      let shard = Shard(
        names: names, rows: 3, update: 0, seed: 8)
      data.gather(names, into: workspace.x, update: 0)
      _ = workspace.encode(shard)
      workspace.drawLatents(shard, samples: samples, isAnalytic: false)
      workspace.reconstruct(shard, samples: samples)
    }
    let (terms, count) = (workspace.terms, Double(samples))
    for row in 0..<3 {
      let range = row * samples..<(row + 1) * samples
      let reconstruction = range.map { terms.reconstruction[$0] }
      let logWeights = range.map {
        terms.reconstruction[$0] + terms.logPrior[$0] - terms.logPosterior[$0]
      }
      let weights = logWeights.map { exp($0 - logWeights[0]) }
      let sum = weights.reduce(0, +)
      let squares = weights.reduce(0) { $0 + $1 * $1 }
      let spread = squares / count - (sum / count) * (sum / count)
      let mean = reconstruction.reduce(0, +) / count
      let deviations = reconstruction.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      for (got, expected) in [
        (likelihood.logLikelihood.perRow[row], logWeights[0] + log(sum / count)),
        (likelihood.effectiveSampleSize[row], sum * sum / squares),
        (
          likelihood.logLikelihood.monteCarloVariance?[row] ?? .nan,
          spread / (sum / count) / (sum / count) / (count - 1)
        ),
        (bound.reconstruction.perRow[row], mean),
        (bound.divergence.perRow[row], terms.divergence[row]),
        (bound.elbo.perRow[row], mean - terms.divergence[row]),
        (bound.elbo.monteCarloVariance?[row] ?? .nan, deviations / (count - 1) / count),
      ] { #expect((got - expected).magnitude < 1e-6 * max(1, expected.magnitude)) }
    }
  }

  /// Over 200 seeds the estimates spread as their errors say; the deviation of 200 numbers has
  /// itself an error of 5%.
  @Test(arguments: [1, 2])
  func monteCarloErrorIsCalibrated(part: Int) throws {
    let model = try Small.model("plain")
    let data = Rows(binary: 20, [9])
    var (values, errors): ([Double], [Double]) = ([], [])
    try withTeam(1) { team in
      for seed in 0..<200 {
        let evaluation = Evaluation(model, samples: part == 1 ? 8 : 60, seed: seed)
        let estimate =
          part == 1
          ? try evaluation.bound(of: data, rows: data.all, team: team).elbo
          : try evaluation.logLikelihood(of: data, rows: data.all, team: team).logLikelihood
        values.append(estimate.mean)
        errors.append(estimate.monteCarloError ?? .nan)
      }
    }
    let mean = values.reduce(0, +) / 200
    let spread = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 199).squareRoot()
    let said = (errors.reduce(0) { $0 + $1 * $1 } / 200).squareRoot()
    #expect((spread / said - 1).magnitude < 0.2, "spread \(spread), errors \(said)")
  }
}

/// x = z W + b + sigma noise, where log p(x) and the best diagonal posterior are known exactly.
@Suite struct ReferenceLinearGaussian {
  let reference: Reference
  let data: Rows
  let model: Model

  init() throws {
    reference = try Reference("linear_gaussian")
    let (weight, bias) = (try reference["decoder.0.weight"], try reference["decoder.0.bias"])
    let (latent, width) = (weight.rows, weight.width)
    let sigma = try reference.number("sigma")
    data = Rows([width], try reference["input"].values)
    model = try Model(
      spec(
        """
        {"shape": [\(width)], "latent": \(latent),
         "likelihood": {"type": "gaussian", "deviation": \(sigma)},
         "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}]}
        """))
    // Posterior mean (x - b) W^T C / sigma^2, log-variances those of the best diagonal posterior.
    let covariance = try reference["posteriorCovariance"].values.map { Double($0) }
    let variance = try reference["bestDiagonalVariance"].values
    var encoder = Tensor(zeros: [width, 2 * latent])
    var offset = Tensor(
      [2 * latent], [Float](repeating: 0, count: latent) + variance.map { log($0) })
    for i in 0..<latent {
      for j in 0..<width {
        let slope =
          (0..<latent).reduce(0.0) {
            $0 + Double(weight.values[$1 * width + j]) * covariance[$1 * latent + i]
          } / (sigma * sigma)
        encoder.values[j * 2 * latent + i] = Float(slope)
        offset.values[i] -= Float(slope * Double(bias.values[j]))
      }
    }
    try model.assign(
      [
        ("encoder.0.weight", encoder), ("encoder.0.bias", offset),
        ("decoder.0.weight", weight), ("decoder.0.bias", bias),
      ], at: "")
  }

  @Test func theEncoderIsTheBestPosterior() throws {
    let mean = try model.encode(data, rows: data.all, samples: 0, seed: 0).mean
    let deviation = Deviation("mean", mean.values, try reference["posteriorMean"].values, .product)
    #expect(deviation.isTolerated, "\(deviation)")
  }

  @Test func theBoundIsTheBestDiagonalOne() throws {
    let bound = try withTeam(2) { team in
      try Evaluation(model, samples: 4000, seed: 1).bound(of: data, rows: data.all, team: team).elbo
    }
    let error = try #require(bound.monteCarloError)
    #expect(error < 0.01)
    #expect((bound.mean - (try reference.number("meanBestDiagonalElbo"))).magnitude < 4 * error)
    let expected = try reference["bestDiagonalElbo"].values
    for (row, variance) in (bound.monteCarloVariance ?? []).enumerated() {
      #expect((bound.perRow[row] - Double(expected[row])).magnitude < 5 * variance.squareRoot())
    }
  }

  /// The bound rises with the number of samples towards log p(x), and never exceeds it by more than
  /// its error.
  @Test func theImportanceBoundRisesToTheExactValue() throws {
    let exact = try reference.number("meanLogLikelihood")
    var last = try reference.number("meanBestDiagonalElbo")
    for samples in [5, 50, 5000] {
      let estimate = try withTeam(2) { team in
        try Evaluation(model, samples: samples, seed: 1)
          .logLikelihood(of: data, rows: data.all, team: team).logLikelihood
      }
      let error = try #require(estimate.monteCarloError)
      #expect(estimate.mean > last - 3 * error && estimate.mean < exact + 3 * error)
      last = estimate.mean
      if samples == 5000 {
        #expect((estimate.mean - exact).magnitude < 3 * error && error < 0.002)
        let rows = try reference["logLikelihood"].values
        for (row, variance) in (estimate.monteCarloVariance ?? []).enumerated() {
          #expect((estimate.perRow[row] - Double(rows[row])).magnitude < 5 * variance.squareRoot())
        }
      }
    }
  }
}
