import Files
import Glibc
import JSON
import Layers
import Tensors

/// Annealed importance sampling from the prior to the posterior (Neal, 2001; for decoders Wu et
/// al., arXiv 1611.04273).
///
/// A chain passes through the densities p(z) p(x | z)^beta_t, 0 = beta_0 < … < beta_T = 1. It
/// begins at a draw from the prior; log w = sum over t of (beta_t - beta_(t-1)) log p(x | z_(t-1)),
/// and z_t comes from z_(t-1) by a Hamiltonian move that leaves density t invariant. E[w] = p(x),
/// so that the log of the mean of w over chains is a lower bound on log p(x) in expectation, in
/// nats. beta is spaced by the logistic function from -4 to 4.
///
/// Steps are adapted towards 65% acceptance in a pilot: four chains for each example, with random
/// numbers of their own, run through all densities, and the logarithm of the example's step follows
/// their acceptance. The chains that count then use the pilot's step at each density. Adapting on
/// the chains that count, which is often done, would make a chain's moves depend on its past, and
/// E[w] would no longer be p(x).
package struct AnnealedImportance {
  static let pilots = 4
  static let targetAcceptance = 0.65
  private static let firstStep: Float = 0.5

  let model: Model
  let chains: Int
  let temperatures: Int
  let leapfrog: Int
  let seed: Int
  private let betas: [Double]

  /// `temperatures` is T; `leapfrog` is the number of gradients in a move.
  package init(
    _ model: Model, chains: Int, temperatures: Int = 1000, leapfrog: Int = 10, seed: Int
  ) {
    self.model = model
    self.chains = chains
    self.temperatures = temperatures
    self.leapfrog = leapfrog
    self.seed = seed
    betas = Self.schedule(temperatures)
  }

  /// beta_0 … beta_T.
  static func schedule(_ temperatures: Int) -> [Double] {
    let (low, high) = (logistic(-4), logistic(4))
    let inner = (0...temperatures).map {
      (logistic(8 * Double($0) / Double(temperatures) - 4) - low) / (high - low)
    }
    return [0] + inner[1..<temperatures] + [1]
  }

  /// The estimate and its diagnostics.
  package struct Answer: Sendable {
    /// log p(x) of each row, in nats; a lower bound in expectation.
    package var logLikelihood: Evaluation.Estimate
    /// (sum w)^2 / sum w^2 over a row's chains.
    package var effectiveSampleSize: [Double]
    /// Mean probability of accepting a move.
    package var acceptance: Double
    package var reliability: Reliability
  }

  /// Returns log p(x) of each row.
  package func logLikelihood(
    of data: any Examples, rows: [UInt32], team: Team, checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> Answer {
    try Memory.require(
      Size(rows.count) * (MemoryLayout<Weights>.stride + 64),
      for: "the weights of \(rows.count) rows")
    let weighting = try Weighting(rows, of: data)
    var sums = [Weights](repeating: Weights(), count: rows.count)
    var acceptance = sums.map { _ in 0.0 }
    try sums.withUnsafeMutableBufferPointer { (sums) throws(Fault) in
      try acceptance.withUnsafeMutableBufferPointer { (acceptance) throws(Fault) in
        try each(data, rows, team, checkpoint) { range, owner in
          [
            Ranks.Part(sums, range, owner: owner), Ranks.Part(acceptance, range, owner: owner),
          ]
        } _: { (chains, group, steps, first) throws(Fault) in
          let (weights, accepted) = try forward(chains, group, steps, checkpoint)
          for chain in 0..<group.all { sums[first + chain / group.chains].add(weights[chain]) }
          for row in 0..<group.rows { acceptance[first + row] += accepted[row] }
        }
      }
    }
    return Answer(
      logLikelihood: Evaluation.Estimate(sums).weighed(by: weighting),
      effectiveSampleSize: sums.map(\.effectiveSize),
      acceptance: mean(acceptance), reliability: Reliability(ofChains: sums, chains: chains))
  }

  /// Returns the mean over all moves, from each row's sum over the moves of its chains.
  func mean(_ acceptance: [Double]) -> Double {
    // As doubles: with many rows and chains the product overflows an integer.
    let moves = Double(chains) * Double(temperatures - 1) * Double(acceptance.count)
    return moves == 0 ? 1 : acceptance.reduce(0, +) / moves
  }

  /// Calls `work` for every shard of rows and every chunk of chains, with the pilot's steps and the
  /// index of the first row. `results` are the values that the calls for a range of rows have made.
  func each(
    _ data: any Examples, _ rows: [UInt32], _ team: Team,
    _ checkpoint: () throws(Fault) -> Void,
    results: (Range<Int>, Int) -> [Ranks.Part?],
    _ work: (HamiltonianChains, HamiltonianChains.Group, Steps, Int) throws(Fault) -> Void
  ) throws(Fault) {
    let chunk = min(chains, ShardCut.drawsPerShard)
    let room = max(chunk, Self.pilots)
    let shards = ShardCut(rows: rows.count, draws: room)
    try Memory.require(
      Size(temperatures + 1) * shards.rowsPerShard * team.threads * 4,
      for: "the steps of \(temperatures) temperatures")
    try rows.withUnsafeBufferPointer { (names) throws(Fault) in
      guard let base = names.baseAddress else { return }
      try shards.run(team, reading: ShardCut.Read(base, of: data), checkpoint, results: results) {
        () throws(Fault) in
        try HamiltonianChains(
          model, rows: shards.rowsPerShard, chains: room, leapfrog: leapfrog, seed: seed)
      } _: { (chains, range) throws(Fault) in
        var group = HamiltonianChains.Group(
          names: base + range.lowerBound, rows: range.count, chains: Self.pilots, phase: .pilot)
        chains.density.gather(group.names, rows: group.rows, of: data)
        let steps = try pilot(chains, group, checkpoint)
        group.phase = .forward
        for first in stride(from: 0, to: self.chains, by: chunk) {
          try checkpoint()
          group.chains = min(chunk, self.chains - first)
          group.firstChain = first
          try work(chains, group, steps, range.lowerBound)
        }
      }
    }
  }

  /// The step of each example at each temperature.
  struct Steps {
    let rows: Int
    var values: [Float]

    func at(_ time: Int, _ row: Int) -> Float { values[time * rows + row] }
  }

  private func pilot(
    _ chains: HamiltonianChains, _ group: HamiltonianChains.Group,
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> Steps {
    var steps = Steps(
      rows: group.rows,
      values: [Float](repeating: Self.firstStep, count: (temperatures + 1) * group.rows))
    chains.drawPrior(group)
    for time in stride(from: 1, to: temperatures, by: 1) {
      try checkpoint()
      let now = (0..<group.rows).map { steps.at(time, $0) }
      try chains.move(group, beta: betas[time], time: time, checkpoint) { now[$0] }
      for row in 0..<group.rows {
        let chain = row * group.chains
        let accepted = chains.acceptance[chain..<chain + group.chains].reduce(0, +)
        let excess = accepted / Double(group.chains) - Self.targetAcceptance
        let next = now[row] * Float(exp(0.2 * excess))
        steps.values[(time + 1) * group.rows + row] = min(max(next, 1e-5), 2)
      }
    }
    return steps
  }

  /// Returns log w of every chain from the prior, and each row's sum of acceptance probabilities.
  func forward(
    _ chains: HamiltonianChains, _ group: HamiltonianChains.Group, _ steps: Steps,
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> (weights: [Double], acceptance: [Double]) {
    var weights = [Double](repeating: 0, count: group.all)
    var acceptance = [Double](repeating: 0, count: group.rows)
    chains.drawPrior(group)
    for time in 1...temperatures {
      try checkpoint()
      let rise = betas[time] - betas[time - 1]
      for chain in 0..<group.all { weights[chain] += rise * chains.reconstruction[chain] }
      // The last density is reached, so the chain's next state would have no weight.
      guard time < temperatures else { break }
      try chains.move(group, beta: betas[time], time: time, checkpoint) { steps.at(time, $0) }
      for chain in 0..<group.all { acceptance[chain / group.chains] += chains.acceptance[chain] }
    }
    return (weights, acceptance)
  }

  /// Returns minus log w of every chain on the way back, from the posterior to the prior; a chain
  /// begins at the example's own latent.
  func reverse(
    _ chains: HamiltonianChains, _ group: HamiltonianChains.Group, _ steps: Steps,
    from latents: UnsafePointer<Float>, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) -> [Double] {
    var weights = [Double](repeating: 0, count: group.all)
    chains.begin(group, at: latents)
    for time in stride(from: temperatures, through: 1, by: -1) {
      try checkpoint()
      let fall = betas[time] - betas[time - 1]
      for chain in 0..<group.all { weights[chain] -= fall * chains.reconstruction[chain] }
      guard time > 1 else { break }
      try chains.move(group, beta: betas[time - 1], time: time - 1, checkpoint) {
        steps.at(time - 1, $0)
      }
    }
    return weights
  }
}
