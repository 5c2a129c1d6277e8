import Files
import Glibc
import JSON
import Layers
import Tensors

/// Evaluates a model on rows of data: each independently, with the weights that they have, in
/// parallel over the rows.
///
/// The noise of a row depends on (seed, update, the row's place in the data, sample): a row's value
/// is the same whichever rows are evaluated with it, in whatever order and with however many
/// threads (except for the last bits: with few rows the kernels of the products sum in another
/// order). Samples run in a stream of chunks, so that memory does not grow with their number.
public struct Evaluation {
  let model: Model
  let samples: Int
  let seed: Int

  package init(_ model: Model, samples: Int, seed: Int) {
    self.model = model
    self.samples = samples
    self.seed = seed
  }

  /// The values of single rows, with the errors of their mean.
  public struct Estimate: Sendable {
    /// The estimate for each row, in nats.
    public var perRow: [Double]
    /// The variance of each row's value over the draws of z, if it was estimated.
    public var monteCarloVariance: [Double]?
    /// The bias of each value and the error of its variance, if the values are logarithms of means
    /// of weights.
    var logMeans: [LogMean]?
    /// The factor of each row in the mean, w_n N / sum w, if the rows have weights.
    public var factors: [Double]?

    /// The errors of the logarithm of a mean of weights, besides its variance.
    struct LogMean: Sendable {
      /// How far the value is below the truth in expectation: half its variance, to second order.
      var shortfall: Double
      var varianceOfVariance: Double
    }

    /// The mean over the rows: sum w_n x_n / sum w_n.
    public var mean: Double { sum(perRow) / Double(perRow.count) }

    /// Returns the sum of the rows' values, each times a power of its factor.
    private func sum(_ values: [Double], power: Int = 1) -> Double {
      guard let factors else { return values.reduce(0, +) }
      return zip(values, factors).reduce(0) { sum, row in
        sum + (0..<power).reduce(row.0) { value, _ in value * row.1 }
      }
    }

    /// Returns the same, as a mean over rows with these weights.
    func weighed(by weighting: Weighting?) -> Estimate {
      var estimate = self
      estimate.factors = weighting?.factors
      return estimate
    }

    /// The places of the rows whose values are not finite.
    public var notFinite: [Int] { perRow.indices.filter { !perRow[$0].isFinite } }

    /// The deviation of the rows' values divided by the root of their number; nil for a single row.
    public var standardError: Double? {
      guard perRow.count > 1 else { return nil }
      let mean = mean
      let squares = sum(perRow.map { ($0 - mean) * ($0 - mean) }, power: 2)
      return (squares / Double(perRow.count - 1) / Double(perRow.count)).squareRoot()
    }

    /// The error of the mean from drawing z: the root of its variance.
    ///
    /// A mean of logarithms of means is also biased downwards, and its variance is a poor estimate
    /// if there are few rows and samples. With V the variance, D the deviation of its estimate and
    /// B the mean shortfall, the error is then the root of V + 2 D + B^2: the interval of twice the
    /// error covers the truth as often as it should.
    public var monteCarloError: Double? {
      guard let monteCarloVariance else { return nil }
      let count = Double(perRow.count)
      var square = sum(monteCarloVariance, power: 2)
      if let logMeans {
        let doubt = sum(logMeans.map(\.varianceOfVariance), power: 4)
        let shortfall = sum(logMeans.map(\.shortfall))
        square += 2 * doubt.squareRoot() + shortfall * shortfall
      }
      return square.squareRoot() / count
    }
  }

  /// The evidence lower bound and its two terms.
  public struct Bound: Sendable {
    /// reconstruction - divergence.
    public var elbo: Estimate
    /// E_q log p(x|z).
    public var reconstruction: Estimate
    /// KL(q(z|x) || p(z)).
    public var divergence: Estimate
    /// KL(q(z_i|x) || p(z_i)) of each latent, the mean over the rows for which it was asked; empty
    /// if that is not defined.
    package var byLatent: [Double] = []
  }

  /// Returns the ELBO of each row: reconstruction as the mean over samples, divergence analytic
  /// where it is known; and the divergence of each latent over the first `byLatent` rows.
  package func bound(
    of data: any Examples, rows: [UInt32], update: UInt32 = 0, byLatent: Int = 0, team: Team,
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> Bound {
    let weighting = try Weighting(rows, of: data)
    try Memory.require(Size(rows.count) * 160, for: "the terms of \(rows.count) rows")
    var moments = [Moments](repeating: Moments(), count: 3 * rows.count)
    let isAnalytic = model.hasAnalyticDivergence
    let latent = model.spec.latent
    let seen = model.hasDivergencePerLatent ? min(byLatent, rows.count) : 0
    try Memory.require(Size(seen) * latent * 8, for: "the divergences of \(latent) latents")
    var parts = [Double](repeating: 0, count: seen * latent)
    try moments.withUnsafeMutableBufferPointer { (moments) throws(Fault) in
      try parts.withUnsafeMutableBufferPointer { (parts) throws(Fault) in
        try each(data, rows, update, team, isAnalytic: isAnalytic, checkpoint) { range, owner in
          let seen = range.clamped(to: 0..<seen)
          return [
            Ranks.Part(moments, 3 * range.lowerBound..<3 * range.upperBound, owner: owner),
            Ranks.Part(parts, seen.lowerBound * latent..<seen.upperBound * latent, owner: owner),
          ]
        } encoded: { row, h in
          guard row < seen else { return }
          let posterior = DiagonalGaussianRow(parameters: h, latent: latent)
          for i in 0..<latent { parts[row * latent + i] = posterior.divergence(i) }
        } take: { row, terms, range in
          for sample in range {
            let reconstruction = terms.reconstruction[sample]
            let divergence =
              isAnalytic
              ? terms.divergence[row.local] : terms.logPosterior[sample] - terms.logPrior[sample]
            moments[3 * row.index].add(reconstruction - divergence)
            moments[3 * row.index + 1].add(reconstruction)
            moments[3 * row.index + 2].add(divergence)
          }
        }
      }
    }
    let divergences = (0..<(seen == 0 ? 0 : latent)).map { i in
      (0..<seen).reduce(0) { $0 + parts[$1 * latent + i] } / Double(seen)
    }
    func estimate(_ part: Int) -> Estimate {
      let parts = rows.indices.map { moments[3 * $0 + part] }
      return Estimate(
        perRow: parts.map(\.mean),
        monteCarloVariance: samples > 1 ? parts.map(\.varianceOfMean) : nil
      ).weighed(by: weighting)
    }
    return Bound(
      elbo: estimate(0), reconstruction: estimate(1), divergence: estimate(2),
      byLatent: divergences)
  }

  /// The estimates that importance weights give for each row.
  public struct Importance: Sendable {
    /// log p(x), in nats.
    public var logLikelihood: Estimate
    /// (sum w)^2 / sum w^2.
    public var effectiveSampleSize: [Double]
    /// The shape of the weights' tail; nil where there are too few samples for one.
    public var tailIndex: [Double]?
    /// Whether the estimate can be trusted.
    public var reliability: Reliability
  }

  /// Returns the importance-weighted estimate of log p(x) of each row (Burda et al., arXiv
  /// 1509.00519), the effective sample sizes, and the tail indices (`TailIndex`).
  package func logLikelihood(
    of data: any Examples, rows: [UInt32], team: Team, checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> Importance {
    try Memory.require(
      Size(rows.count) * (MemoryLayout<Weights>.stride + 64),
      for: "the weights of \(rows.count) rows")
    let weighting = try Weighting(rows, of: data)
    var weights = [Weights](repeating: Weights(), count: rows.count)
    var tails = [LargestValues?](repeating: nil, count: rows.count)
    try weights.withUnsafeMutableBufferPointer { (weights) throws(Fault) in
      try tails.withUnsafeMutableBufferPointer { (tails) throws(Fault) in
        try each(data, rows, 0, team, isAnalytic: false, checkpoint) { range, owner in
          [Ranks.Part(weights, range, owner: owner)]
        } take: { row, terms, range in
          for sample in range {
            weights[row.index].add(
              terms.logWeight(sample), of: samples, tail: &tails[row.index])
          }
        }
      }
    }
    return Importance(
      logLikelihood: Estimate(weights).weighed(by: weighting),
      effectiveSampleSize: weights.map(\.effectiveSize),
      tailIndex: weights.tailIndices(of: samples),
      reliability: Reliability(ofImportance: weights, samples: samples))
  }

  /// The index of a row among the rows of the call, and in its shard.
  private struct RowIndex {
    let index: Int
    let local: Int
  }

  /// Calls `encoded` for every row with the encoder's outputs, and `take` with its samples' terms,
  /// chunk by chunk. Calls for different rows may run at the same time. `results` are the values
  /// that the calls for a range of rows have made.
  private func each(
    _ data: any Examples, _ rows: [UInt32], _ update: UInt32, _ team: Team, isAnalytic: Bool,
    _ checkpoint: () throws(Fault) -> Void,
    results: (Range<Int>, Int) -> [Ranks.Part?],
    encoded: (Int, UnsafePointer<Float>) -> Void = { _, _ in },
    take: (RowIndex, Terms, Range<Int>) -> Void
  ) throws(Fault) {
    let chunk = min(samples, ShardCut.drawsPerShard)
    let shards = ShardCut(rows: rows.count, draws: chunk, fewest: 2)
    try rows.withUnsafeBufferPointer { (names) throws(Fault) in
      guard let base = names.baseAddress else { return }
      try shards.run(team, reading: ShardCut.Read(base, of: data), checkpoint, results: results) {
        () throws(Fault) in
        try Workspace(model, rows: shards.rowsPerShard, samples: chunk, isTraining: false)
      } _: { (workspace, range) throws(Fault) in
        var shard = Shard(
          names: base + range.lowerBound, rows: range.count, update: update, seed: seed)
        workspace.gather(&shard, data)
        let h = workspace.encode(shard)
        for row in 0..<shard.rows { encoded(range.lowerBound + row, h.row(row)) }
        for first in stride(from: 0, to: samples, by: chunk) {
          try checkpoint()
          let count = min(chunk, samples - first)
          workspace.drawLatents(shard, samples: count, firstSample: first, isAnalytic: isAnalytic)
          workspace.reconstruct(shard, samples: count, firstSample: first)
          for row in 0..<shard.rows {
            take(
              RowIndex(index: range.lowerBound + row, local: row), workspace.terms,
              row * count..<(row + 1) * count)
          }
        }
      }
    }
  }
}
