import Glibc
import JSON
import Layers
import Tensors

/// A lower and an upper bound on the mean log p(x) of data that were simulated from the model: bidirectional Monte Carlo (Grosse,
/// Ghahramani and Adams, arXiv 1511.02543).
///
/// z comes from the prior and x from p(x | z), so that z is an exact draw from p(z | x). Annealing from the prior gives log of the mean of
/// w, in expectation at most log p(x); annealing back from z gives weights with E[1/w] = 1/p(x), and minus the log of the mean of 1/w
/// is in expectation at least log p(x). How far both are apart bounds the error of annealing with these settings, in nats.
public struct Bracket: Sendable {
  public var lower: Evaluation.Estimate
  public var upper: Evaluation.Estimate
  /// Mean probability of accepting a move on the way from the prior.
  public var acceptance: Double
}

extension AnnealedImportance {
  /// Simulates `count` examples, with what is `given`, and bounds log p(x) of each. What is answered after a stop is worth nothing.
  public func bracket(
    count: Int, given: (any Examples)? = nil, team: Team, stop: () -> Bool = { false }
  ) throws(Fault) -> Bracket {
    try Memory.require(Size(count) * 256, for: "the weights of \(count) examples")
    let latents = try model.latents(count, seed: seed, temperature: 1, stop: stop)
    let data = TensorRows(
      try model.decode(latents, given: given, drawing: seed, stop: stop), shape: model.spec.shape,
      labels: given?.labels)
    let rows = (0..<UInt32(count)).map { $0 }
    var sums = [LogSumExp](repeating: LogSumExp(), count: 2 * count)
    var acceptance = [Double](repeating: 0, count: count)
    try sums.withUnsafeMutableBufferPointer { (sums) throws(Fault) in
      try acceptance.withUnsafeMutableBufferPointer { (acceptance) throws(Fault) in
        try latents.values.withUnsafeBufferPointer { (latents) throws(Fault) in
          guard let latents = latents.baseAddress else { return }
          try each(data, rows, team, stop) { chains, batch, steps, first in
            var batch = batch
            let (weights, accepted) = forward(chains, batch, steps, stop)
            for row in 0..<batch.rows { acceptance[first + row] += accepted[row] }
            batch.phase = .reverse
            let inverses = reverse(
              chains, batch, steps, from: latents + first * model.spec.latent, stop)
            for chain in 0..<batch.all {
              let row = first + chain / batch.chains
              sums[row].add(weights[chain])
              sums[count + row].add(inverses[chain])
            }
          }
        }
      }
    }
    var upper = estimate(Array(sums[count...]))
    upper.perRow = upper.perRow.map { -$0 }
    return Bracket(
      lower: estimate(Array(sums[..<count])), upper: upper, acceptance: mean(acceptance))
  }
}
