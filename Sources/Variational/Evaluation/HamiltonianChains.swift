import Glibc
import JSON
import Layers
import Tensors

/// Markov chains of latents for each example of a shard: Hamiltonian Monte Carlo (Neal, arXiv
/// 1206.1901) on the tempered densities p(z) p(x | z)^beta.
///
/// Chain c of example r is row r * chains + c. A chain's random numbers depend on (seed, the
/// example's index in the data, chain, time, phase) alone.
final class HamiltonianChains {
  /// The phase of a run; each phase has its own random numbers.
  enum Phase: Int { case forward, pilot, reverse }

  /// The rows and chains that move together.
  struct Group {
    var names: UnsafePointer<UInt32>
    var rows: Int
    var chains: Int
    var firstChain = 0
    var phase = Phase.forward

    var all: Int { rows * chains }
  }

  let density: JointDensity
  private let leapfrog: Int
  private let random: Random
  private let arena: Arena
  /// The states of the chains, and the gradients of log p(x | z) and of log p(z) there.
  let z: Block
  private let slope: Block
  private let priorSlope: Block
  private let momentum: Block
  private let force: Block
  private let uniforms: Block
  private let prior: PriorBuffers
  /// log p(x | z) and log p(z) of the states.
  private(set) var reconstruction: [Double]
  private var logPrior: [Double]
  private var energy: [Double]
  private var steps: [Float]
  /// Each chain's probability of accepting the last move.
  private(set) var acceptance: [Double]

  /// Throws `memory`.
  init(_ model: Model, rows: Int, chains: Int, leapfrog: Int, seed: Int) throws(Fault) {
    density = try JointDensity(model, rows: rows, draws: chains)
    self.leapfrog = leapfrog
    random = Random(seed: seed, .annealing)
    let all = rows * chains
    var layout = Arena.Layout()
    let blocks = (0..<5).map { _ in layout.block(rows: all, columns: model.spec.latent) }
    let pairs = layout.block(rows: all, columns: 2)
    arena = try Arena(layout, for: "the states of \(all) chains")
    z = arena.block(blocks[0])
    slope = arena.block(blocks[1])
    momentum = arena.block(blocks[2])
    force = arena.block(blocks[3])
    priorSlope = arena.block(blocks[4])
    prior = try PriorBuffers(model, draws: all, isTraining: false)
    uniforms = arena.block(pairs)
    reconstruction = [Double](repeating: 0, count: all)
    (logPrior, energy, acceptance) = (reconstruction, reconstruction, reconstruction)
    steps = [Float](repeating: 0, count: all)
  }

  /// Returns a counter for each (time, phase, use).
  private func update(_ group: Group, _ time: Int, _ use: UInt32) -> UInt32 {
    UInt32(truncatingIfNeeded: time * 4 + group.phase.rawValue) * 4 + use
  }

  /// Starts every chain at a draw from the prior.
  func drawPrior(_ group: Group) {
    prior.draw(
      random, group.names, samples: group.chains, firstSample: group.firstChain,
      update: update(group, 0, 0), into: z.first(group.all))
    settle(group)
  }

  /// Starts all chains of an example at its row of `latents`.
  func begin(_ group: Group, at latents: UnsafePointer<Float>) {
    for chain in 0..<group.all {
      z.row(chain).update(
        from: latents + chain / group.chains * z.columns, count: z.columns)
    }
    settle(group)
  }

  private func settle(_ group: Group) {
    copy(z, to: density.z, group.all)
    density.evaluate(group.names, rows: group.rows, draws: group.chains, scale: 1)
    copy(density.slope, to: slope, group.all)
    copy(density.priorSlope, to: priorSlope, group.all)
    for chain in 0..<group.all {
      reconstruction[chain] = density.reconstruction[chain]
      logPrior[chain] = density.logPrior[chain]
    }
  }

  private func copy(_ source: Block, to target: Block, _ rows: Int) {
    target.base.update(from: source.base, count: rows * source.stride)
  }

  /// Moves every chain in a way that leaves p(z) p(x | z)^beta invariant and is its own reverse: a
  /// fresh momentum, `leapfrog` leapfrog steps, and the Metropolis test. An example's step is
  /// multiplied by a factor uniform on 0.8 … 1.2, drawn beforehand for each chain, so that no
  /// trajectory returns to its start. If `checkpoint` throws, no chain has moved.
  func move(
    _ group: Group, beta: Double, time: Int, _ checkpoint: () throws(Fault) -> Void,
    step: (Int) -> Float
  ) throws(Fault) {
    let all = group.all
    random.normal(
      into: momentum.first(all), rows: group.names, samples: group.chains,
      firstSample: group.firstChain, update: update(group, time, 1))
    random.uniform(
      into: uniforms.first(all), rows: group.names, samples: group.chains,
      firstSample: group.firstChain, update: update(group, time, 2))
    copy(z, to: density.z, all)
    copy(slope, to: density.slope, all)
    copy(priorSlope, to: density.priorSlope, all)
    for chain in 0..<all {
      steps[chain] = step(chain / group.chains) * (0.8 + 0.4 * uniforms[chain, 1])
      energy[chain] = -logPrior[chain] - beta * reconstruction[chain] + kinetic(chain)
    }
    kick(all, beta, 0.5)
    for stage in 1...leapfrog {
      try checkpoint()
      for chain in 0..<all { shift(density.z.row(chain), by: steps[chain], momentum.row(chain)) }
      density.evaluate(group.names, rows: group.rows, draws: group.chains, scale: 1)
      kick(all, beta, stage == leapfrog ? 0.5 : 1)
    }
    for chain in 0..<all { choose(chain, beta) }
  }

  private func choose(_ chain: Int, _ beta: Double) {
    let after =
      -density.logPrior[chain] - beta * density.reconstruction[chain] + kinetic(chain)
    let ratio = exp(energy[chain] - after)
    // A step to numbers that are not finite is rejected.
    acceptance[chain] = ratio.isNaN ? 0 : min(1, ratio)
    guard Double(uniforms[chain, 0]) < acceptance[chain] else { return }
    z.row(chain).update(from: density.z.row(chain), count: z.columns)
    slope.row(chain).update(from: density.slope.row(chain), count: z.columns)
    priorSlope.row(chain).update(from: density.priorSlope.row(chain), count: z.columns)
    reconstruction[chain] = density.reconstruction[chain]
    logPrior[chain] = density.logPrior[chain]
  }

  /// momentum += part step (beta d log p(x | z) / dz + d log p(z) / dz).
  private func kick(_ all: Int, _ beta: Double, _ part: Float) {
    for i in 0..<all * force.stride {
      force.base[i] = Float(beta) * density.slope.base[i] + density.priorSlope.base[i]
    }
    for chain in 0..<all { shift(momentum.row(chain), by: part * steps[chain], force.row(chain)) }
  }

  private func shift(
    _ target: UnsafeMutablePointer<Float>, by factor: Float, _ source: UnsafePointer<Float>
  ) {
    for i in 0..<z.columns { target[i] += factor * source[i] }
  }

  private func kinetic(_ chain: Int) -> Double {
    let row = momentum.row(chain)
    var sum = 0.0
    for i in 0..<momentum.columns { sum += Double(row[i]) * Double(row[i]) }
    return 0.5 * sum
  }
}
