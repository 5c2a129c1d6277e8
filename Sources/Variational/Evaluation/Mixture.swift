import CKernels
import Files
import Glibc
import JSON
import Layers
import Tensors

/// The aggregate posterior of rows, q(z) = mean over n of q(z | x_n): a mixture of diagonal
/// Gaussians.
struct Mixture {
  /// The number of components whose densities are computed at a time.
  private static let chunk = 1024
  /// A logarithm of nothing that sums can take.
  private static let nothing: Float = -1e30

  private let latent: Int
  private let count: Int
  /// Latent by latent, for each component: mean, log-variance, 1 / deviation.
  private let mean: [Float]
  private let logVariance: [Float]
  private let precision: [Float]
  /// log density of each component at its mean.
  private let peak: [Float]
  /// The factor of each component, w_n N / sum w, if rows have weights, and its logarithm.
  private let factors: [Double]?
  private let logFactors: [Float]?

  /// Encodes the rows.
  init(
    _ model: Model, of data: any Examples, rows: [UInt32], _ weighting: Weighting? = nil,
    team: Team, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    factors = weighting?.factors
    // A factor of 0 leaves no component, and -infinity would leave no number.
    logFactors = weighting?.factors.map { $0 > 0 ? Float(log($0)) : Self.nothing }
    let (latent, count) = (model.spec.latent, rows.count)
    self.latent = latent
    self.count = count
    // Four numbers for each component and latent, then the divergences, and the moments of each
    // row.
    try Memory.require(
      Size(latent) * count * 40 + Size(count) * 128, for: "the posteriors of \(count) rows",
      hint: "take fewer rows")
    var mean = [Float](repeating: 0, count: latent * count)
    var logVariance = mean
    let shards = ShardCut(rows: count, draws: 1)
    try mean.withUnsafeMutableBufferPointer { (mean) throws(Fault) in
      try logVariance.withUnsafeMutableBufferPointer { (logVariance) throws(Fault) in
        try rows.withUnsafeBufferPointer { (names) throws(Fault) in
          guard let base = names.baseAddress else { return }
          try shards.run(team, reading: ShardCut.Read(base, of: data), checkpoint) { range, owner in
            [mean, logVariance].map { values in
              values.baseAddress.map { base in
                Ranks.Part(
                  Block(
                    base + range.lowerBound, rows: latent, columns: range.count, stride: count),
                  owner: owner)
              }
            }
          } _: { () throws(Fault) in
            try Workspace(model, rows: shards.rowsPerShard, samples: 1, isTraining: false)
          } _: { workspace, range in
            let shard = Shard(
              names: base + range.lowerBound, rows: range.count)
            workspace.take(shard, data)
            let h = workspace.encode(shard)
            for row in 0..<shard.rows {
              for i in 0..<latent {
                mean[i * count + range.lowerBound + row] = h[row, i]
                logVariance[i * count + range.lowerBound + row] = h[row, latent + i]
              }
            }
          }
        }
      }
    }
    self.mean = mean
    self.logVariance = logVariance
    precision = logVariance.map { exp(-0.5 * $0) }
    peak = rows.indices.map { row in
      let sum = (0..<latent).reduce(0.0) { $0 + Double(logVariance[$1 * count + row]) }
      return Float(-0.5 * (sum + Double(latent) * log(2 * Double.pi)))
    }
  }

  /// KL(q(z_i | x_n) || N(0, 1)) at n * latent + i.
  var divergences: [Double] {
    (0..<count).flatMap { row in
      (0..<latent).map { i in
        let (m, l) = (Double(mean[i * count + row]), Double(logVariance[i * count + row]))
        return 0.5 * (m * m + exp(l) - 1 - l)
      }
    }
  }

  /// Returns the variance over the components of the mean of latent `i`.
  func varianceOfMean(_ i: Int) -> Double {
    var moments = Moments()
    for row in 0..<count { moments.add(Double(mean[i * count + row])) }
    guard let factors else { return moments.variance }
    let values = (0..<count).map { Double(mean[i * count + $0]) }
    let center = zip(values, factors).reduce(0) { $0 + $1.0 * $1.1 } / Double(count)
    let squares = zip(values, factors).reduce(0) {
      $0 + $1.1 * ($1.0 - center) * ($1.0 - center)
    }
    return squares / Double(count - 1)
  }

  /// Returns log q(z | x_n) - log q(z) over draws of z from q(z | x_n), for each row.
  func information(
    _ rows: [UInt32], samples: Int, seed: Int, team: Team,
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> [Moments] {
    var moments = [Moments](repeating: Moments(), count: count)
    let shards = ShardCut(rows: count, draws: 1)
    let random = Random(seed: seed, .posterior)
    try moments.withUnsafeMutableBufferPointer { (moments) throws(Fault) in
      try rows.withUnsafeBufferPointer { (names) throws(Fault) in
        guard let base = names.baseAddress else { return }
        try shards.run(team, checkpoint) { range, owner in
          [Ranks.Part(moments, range, owner: owner)]
        } _: { () throws(Fault) in
          [Float](repeating: 0, count: latent)
        } _: { (noise, range) throws(Fault) in
          var noise = noise
          for row in range {
            for sample in 0..<samples {
              try checkpoint()
              noise.withUnsafeMutableBufferPointer { noise in
                guard let noise = noise.baseAddress else { return }
                random.normal(
                  into: Block(noise, rows: 1, columns: latent), rows: base + row,
                  firstSample: sample)
                moments[row].add(information(row, noise))
              }
            }
          }
        }
      }
    }
    return moments
  }

  private func information(_ row: Int, _ noise: UnsafeMutablePointer<Float>) -> Double {
    var own = Double(peak[row])
    for i in 0..<latent {
      own -= 0.5 * Double(noise[i]) * Double(noise[i])
      noise[i] = mean[i * count + row] + noise[i] / precision[i * count + row]
    }
    return own - logDensity(noise)
  }

  /// Returns log q(z), in nats.
  func logDensity(_ z: UnsafePointer<Float>) -> Double {
    var sum = LogSumExp()
    withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.chunk) { terms in
      guard let terms = terms.baseAddress else { return }
      for start in stride(from: 0, to: count, by: Self.chunk) {
        let width = min(Self.chunk, count - start)
        logDensities(z, start, width, into: terms)
        if let logFactors { for j in 0..<width { terms[j] += logFactors[start + j] } }
        var largest = -Float.infinity
        for j in 0..<width { largest = max(largest, terms[j]) }
        for j in 0..<width { terms[j] -= largest }
        elbo_exp(width, terms, terms)
        var part = 0.0
        for j in 0..<width { part += Double(terms[j]) }
        sum.add(Double(largest) + log(part))
      }
    }
    return sum.logSum - log(Double(count))
  }

  /// Writes log q(z | x_n) for `width` components, latent by latent so that the inner loop runs
  /// over adjacent memory.
  private func logDensities(
    _ z: UnsafePointer<Float>, _ start: Int, _ width: Int, into terms: UnsafeMutablePointer<Float>
  ) {
    mean.withUnsafeBufferPointer { mean in
      precision.withUnsafeBufferPointer { precision in
        peak.withUnsafeBufferPointer { peak in
          guard let m = mean.baseAddress, let p = precision.baseAddress, let h = peak.baseAddress
          else { return }
          terms.update(from: h + start, count: width)
          for i in 0..<latent {
            let (m, p, value) = (m + i * count + start, p + i * count + start, z[i])
            for j in 0..<width {
              let distance = (value - m[j]) * p[j]
              terms[j] -= 0.5 * distance * distance
            }
          }
        }
      }
    }
  }
}
