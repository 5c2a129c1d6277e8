import Files
import Glibc
import JSON
import Layers
import Tensors

/// A lower and an upper bound on the mean log p(x) of data that were simulated from the model:
/// bidirectional Monte Carlo (Grosse, Ghahramani and Adams, arXiv 1511.02543).
///
/// z comes from the prior and x from p(x | z), so that z is an exact draw from p(z | x). Annealing
/// from the prior gives log of the mean of w, in expectation at most log p(x); annealing back from
/// z gives weights with E[1/w] = 1/p(x), and minus the log of the mean of 1/w is in expectation at
/// least log p(x). The distance between the two bounds the error of annealing with these settings,
/// in nats.
package struct Bracket: Sendable {
  package var lower: Evaluation.Estimate
  package var upper: Evaluation.Estimate
  /// Mean probability of accepting a move on the way from the prior.
  package var acceptance: Double
  /// Reliability of the lower and of the upper bound.
  package var reliability: (lower: Reliability, upper: Reliability)
  /// The latents and the examples drawn from them.
  var latents: Tensor
  var examples: TensorRows
  /// The indices of examples that could not be drawn.
  var missing: Set<Int>
}

extension AnnealedImportance {
  /// Simulates `count` examples, conditioned on `given`, and bounds log p(x) of each.
  package func bracket(
    count: Int, given: (any Examples)? = nil, team: Team, checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) -> Bracket {
    try Memory.require(
      Size(count) * (2 * MemoryLayout<Weights>.stride + 128),
      for: "the weights of \(count) examples")
    let latents = try model.latents(count, seed: seed, temperature: 1, checkpoint: checkpoint)
    var drawn = try model.decode(latents, given: given, drawing: seed, checkpoint: checkpoint)
    // An example that could not be drawn has no bounds, so the likelihood is not evaluated for it.
    let missing = drawn.rowsNotFinite
    for row in missing {
      for place in row * drawn.width..<(row + 1) * drawn.width { drawn.values[place] = 0 }
    }
    let data = TensorRows(drawn, shape: model.spec.shape, labels: given?.labels)
    let rows = (0..<UInt32(count)).map { $0 }
    var sums = [Weights](repeating: Weights(), count: 2 * count)
    var acceptance = [Double](repeating: 0, count: count)
    try sums.withUnsafeMutableBufferPointer { (sums) throws(Fault) in
      try acceptance.withUnsafeMutableBufferPointer { (acceptance) throws(Fault) in
        try latents.values.withUnsafeBufferPointer { (latents) throws(Fault) in
          guard let latents = latents.baseAddress else { return }
          try each(data, rows, team, checkpoint) { range, owner in
            [
              Ranks.Part(sums, range, owner: owner),
              Ranks.Part(
                sums, count + range.lowerBound..<count + range.upperBound, owner: owner),
              Ranks.Part(acceptance, range, owner: owner),
            ]
          } _: { (chains, batch, steps, first) throws(Fault) in
            var batch = batch
            let (weights, accepted) = try forward(chains, batch, steps, checkpoint)
            for row in 0..<batch.rows { acceptance[first + row] += accepted[row] }
            batch.phase = .reverse
            let inverses = try reverse(
              chains, batch, steps, from: latents + first * model.spec.latent, checkpoint)
            for chain in 0..<batch.all {
              let row = first + chain / batch.chains
              sums[row].add(weights[chain])
              sums[count + row].add(inverses[chain])
            }
          }
        }
      }
    }
    let (fromPrior, fromPosterior) = (Array(sums[..<count]), Array(sums[count...]))
    var (lower, upper) = (
      Evaluation.Estimate(fromPrior), Evaluation.Estimate(fromPosterior)
    )
    upper.perRow = upper.perRow.map { -$0 }
    for row in missing { (lower.perRow[row], upper.perRow[row]) = (.nan, .nan) }
    var reliability = (
      lower: Reliability(ofChains: fromPrior, chains: chains),
      upper: Reliability(ofChains: fromPosterior, chains: chains)
    )
    // Backward chains start from a single draw, which does not show how much the draws vary.
    if temperatures == 1 {
      reliability.upper = reliability.upper.doubted(
        "with one temperature all chains stay at the draw that they begin at; take more")
    }
    let error = hypot(lower.monteCarloError ?? 0, upper.monteCarloError ?? 0)
    if upper.mean - lower.mean > 3 * error + 1e-4 {
      let reason =
        "the bounds are further apart than their errors explain: log p(x) lies between them; "
        + "take more temperatures"
      reliability = (reliability.lower.doubted(reason), reliability.upper.doubted(reason))
    }
    return Bracket(
      lower: lower, upper: upper, acceptance: mean(acceptance), reliability: reliability,
      latents: latents, examples: data, missing: Set(missing))
  }
}

extension Bracket {
  /// Returns where the numbers of example `row` cease to be finite; nil if that happens only along
  /// the chains.
  package func place(_ row: Int, in model: Model, given: (any Examples)? = nil) -> String? {
    func part(_ tensor: Tensor) -> [Float] {
      Array(tensor.values[row * tensor.width..<(row + 1) * tensor.width])
    }
    return Diagnosis(model).place(
      decoding: part(latents), given: given, row: row,
      x: missing.contains(row) ? nil : part(examples.tensor))
  }
}
