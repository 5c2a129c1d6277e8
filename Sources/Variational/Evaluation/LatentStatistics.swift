import CKernels
import Glibc
import JSON
import Layers
import Tensors

/// How much each latent is used, and how the aggregate posterior of all rows compares with the
/// prior.
///
/// Over rows n: `divergence[i]` is the mean KL(q(z_i | x_n) || p(z_i)), `activity[i]` the variance
/// of the posterior mean of z_i (Burda et al., arXiv 1509.00519, appendix C: active above 0.01).
/// With q(z) the mean of q(z | x_n) over the rows, the mean divergence of all latents is mutual
/// information plus KL(q(z) || p(z)) (Hoffman and Johnson, 2016). The mutual information, E log q(z
/// | x_n) - log q(z), at most log of the number of rows, is estimated from draws of z with q(z) as
/// the whole mixture. In nats. Where rows have weights, all these means are weighted.
package struct LatentStatistics: Sendable {
  /// For each latent, the mean over rows and its error.
  package var divergence: [Double] = []
  package var divergenceError: [Double] = []
  /// For each latent.
  package var activity: [Double] = []
  /// KL(q(z | x) || p(z)) of all latents.
  package var totalDivergence = Evaluation.Estimate(perRow: [])
  /// log q(z | x) - log q(z).
  package var mutualInformation = Evaluation.Estimate(perRow: [])
  /// totalDivergence - mutualInformation.
  package var aggregateDivergence = Evaluation.Estimate(perRow: [])

  /// Computes the statistics of `rows` of `data` under `model`, with `samples` draws of z for each.
  ///
  /// Throws `wrongState` if the posterior is not a diagonal Gaussian or the prior not standard
  /// normal, and `params` for a single row.
  package init(
    _ model: Model, of data: any Examples, rows: [UInt32], samples: Int, seed: Int, team: Team,
    checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    try Self.requireDiagonal(model)
    guard rows.count > 1 else {
      throw Fault(
        .params, "expected at least two rows, got one: activity is a variance over rows",
        path: "count", expected: "at least 2", got: "1")
    }
    let weighting = try Weighting(rows, of: data)
    let mixture = try Mixture(model, of: data, rows: rows, weighting, team: team, checkpoint)
    let parts = mixture.divergences
    let latent = model.spec.latent
    for i in 0..<latent {
      let estimate = Evaluation.Estimate(perRow: rows.indices.map { parts[$0 * latent + i] })
        .weighed(by: weighting)
      divergence.append(estimate.mean)
      divergenceError.append(estimate.standardError ?? 0)
      activity.append(mixture.varianceOfMean(i))
    }
    totalDivergence.factors = weighting?.factors
    mutualInformation.factors = weighting?.factors
    aggregateDivergence.factors = weighting?.factors
    totalDivergence.perRow = rows.indices.map { row in
      parts[row * latent..<(row + 1) * latent].reduce(0, +)
    }
    let moments = try mixture.information(
      rows, samples: samples, seed: seed, team: team, checkpoint)
    mutualInformation.perRow = moments.map(\.mean)
    aggregateDivergence.perRow = zip(totalDivergence.perRow, moments).map { $0 - $1.mean }
    if samples > 1 {
      mutualInformation.monteCarloVariance = moments.map(\.varianceOfMean)
      aggregateDivergence.monteCarloVariance = mutualInformation.monteCarloVariance
    }
  }

  /// Throws `wrongState` unless each latent has a divergence of its own.
  static func requireDiagonal(_ model: Model) throws(Fault) {
    guard model.hasDivergencePerLatent else {
      throw Fault(
        .wrongState, "the divergence of a single latent is not defined for this model",
        path: "model", expected: "posterior gaussian and prior standardNormal",
        got: "\(model.spec.posterior.typeName) and \(model.spec.prior.typeName)",
        hint: "evaluate.elbo gives the divergence of all latents together")
    }
  }
}

extension Model {
  /// Whether each latent has a divergence of its own.
  var hasDivergencePerLatent: Bool { posterior.isDiagonalGaussian && prior.isStandardNormal }
}
