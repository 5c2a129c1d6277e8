import Files
import Glibc
import JSON
import Layers
import Tensors

/// The two reasons why the ELBO is below log p(x): q's family is too small, and the encoder misses
/// the best member of it (Cremer, Li and Duvenaud, arXiv 1801.03558).
///
/// approximation = log p(x) - ELBO of the best q for the row; amortization = that ELBO - the
/// encoder's; all in nats. `PosteriorFit` finds the best q. The bounds are means of log w = log
/// p(x, z) - log q(z | x), which hardly varies near the best q, over the same noise, so that their
/// difference is more precise than either bound. If a row's fit ends below the encoder's bound,
/// because of too few steps or too large a rate, the encoder's q counts as the best one:
/// amortization is never negative, and for rows where noise decides it is too large by about its
/// Monte Carlo error. log p(x) is the log of the mean of the best q's w, or comes from annealing.
package struct InferenceGap {
  let model: Model
  let samples: Int
  let steps: Int
  let rate: Double
  let seed: Int

  package init(_ model: Model, samples: Int, steps: Int, rate: Double, seed: Int) {
    self.model = model
    self.samples = samples
    self.steps = steps
    self.rate = rate
    self.seed = seed
  }

  /// The gaps of each row, in nats. The Monte Carlo error of `approximation` treats its two parts
  /// as independent; they share their draws, so it is somewhat too large.
  package struct Answer: Sendable {
    package var logLikelihood: Evaluation.Estimate
    package var bestELBO: Evaluation.Estimate
    package var elbo: Evaluation.Estimate
    package var approximation: Evaluation.Estimate
    package var amortization: Evaluation.Estimate
    /// Rows whose fit ended below the encoder's bound.
    package var unimproved: Int
    /// Reliability of `logLikelihood`, and so of `approximation`.
    package var reliability: Reliability

    fileprivate init(
      _ rows: [Sums], samples: Int, _ weighting: Weighting?,
      _ annealed: AnnealedImportance.Answer?
    ) {
      unimproved = rows.count(where: \.isUnimproved)
      let rows = rows.map { $0.isUnimproved ? $0.unfitted : $0 }
      func estimate(_ part: KeyPath<Sums, Moments>) -> Evaluation.Estimate {
        Evaluation.Estimate(
          perRow: rows.map { $0[keyPath: part].mean },
          monteCarloVariance: samples > 1 ? rows.map { $0[keyPath: part].varianceOfMean } : nil
        ).weighed(by: weighting)
      }
      let weights = rows.map(\.weights)
      let total = annealed?.logLikelihood ?? Evaluation.Estimate(weights).weighed(by: weighting)
      reliability =
        annealed?.reliability ?? Reliability(ofImportance: weights, samples: samples)
      let best = estimate(\.best)
      self.logLikelihood = total
      bestELBO = best
      elbo = estimate(\.encoder)
      amortization = estimate(\.difference)
      approximation = Evaluation.Estimate(
        perRow: zip(total.perRow, best.perRow).map { $0 - $1 }
      ).weighed(by: weighting)
      if let first = total.monteCarloVariance, let second = best.monteCarloVariance {
        approximation.monteCarloVariance = zip(first, second).map { $0 + $1 }
        approximation.logMeans = total.logMeans
      }
    }
  }

  fileprivate struct Sums {
    var encoder = Moments()
    var best = Moments()
    var difference = Moments()
    var weights = Weights()
    var encoderWeights = Weights()

    /// True also if the fit diverged.
    var isUnimproved: Bool { !(difference.mean >= 0) }

    /// The same sums with the encoder's q as the best one.
    var unfitted: Sums {
      var sums = self
      (sums.best, sums.weights, sums.difference) = (encoder, encoderWeights, Moments())
      return sums
    }
  }

  /// The largest weights of a row until now, with the encoder's q and with the best one.
  private struct Tails {
    var encoder: LargestValues?
    var best: LargestValues?
  }

  /// Measures the gaps of each row; with `annealed`, log p(x) comes from annealing.
  package func measure(
    of data: any Examples, rows: [UInt32], annealed: AnnealedImportance? = nil, team: Team,
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> Answer {
    try Memory.require(
      Size(rows.count) * (MemoryLayout<Sums>.stride + 96), for: "the gaps of \(rows.count) rows")
    let weighting = try Weighting(rows, of: data)
    var sums = [Sums](repeating: Sums(), count: rows.count)
    let chunk = min(samples, ShardCut.drawsPerShard)
    let room = max(chunk, PosteriorFit.draws)
    let shards = ShardCut(rows: rows.count, draws: room)
    try sums.withUnsafeMutableBufferPointer { (sums) throws(Fault) in
      try rows.withUnsafeBufferPointer { (names) throws(Fault) in
        guard let base = names.baseAddress else { return }
        try shards.run(team, reading: ShardCut.Read(base, of: data), checkpoint) { range, owner in
          [Ranks.Part(sums, range, owner: owner)]
        } _: { () throws(Fault) in
          try PosteriorFit(model, rows: shards.rowsPerShard, draws: room, seed: seed)
        } _: { (fit, range) throws(Fault) in
          let names = base + range.lowerBound
          fit.begin(names, rows: range.count, of: data)
          try fit.fit(names, rows: range.count, steps: steps, rate: rate, checkpoint)
          var tails = [Tails](repeating: Tails(), count: range.count)
          for first in stride(from: 0, to: samples, by: chunk) {
            try checkpoint()
            compare(
              fit, names, range, draws: min(chunk, samples - first), first: first, sums, &tails)
          }
        }
      }
    }
    let total = try annealed?.logLikelihood(
      of: data, rows: rows, team: team, checkpoint: checkpoint)
    return Answer(sums, samples: samples, weighting, total)
  }

  private func compare(
    _ fit: PosteriorFit, _ names: UnsafePointer<UInt32>, _ range: Range<Int>, draws: Int,
    first: Int, _ sums: UnsafeMutableBufferPointer<Sums>, _ tails: inout [Tails]
  ) {
    var encoder: [Double] = []
    fit.evaluate(fit.encoded, names, rows: range.count, draws: draws, firstDraw: first) {
      row, weight in
      encoder.append(weight)
      sums[range.lowerBound + row].encoder.add(weight)
      sums[range.lowerBound + row].encoderWeights.add(
        weight, of: samples, tail: &tails[row].encoder)
    }
    var draw = 0
    fit.evaluate(fit.fitted, names, rows: range.count, draws: draws, firstDraw: first) {
      row, weight in
      sums[range.lowerBound + row].best.add(weight)
      sums[range.lowerBound + row].difference.add(weight - encoder[draw])
      sums[range.lowerBound + row].weights.add(weight, of: samples, tail: &tails[row].best)
      draw += 1
    }
  }
}
