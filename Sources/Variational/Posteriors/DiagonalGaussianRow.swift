import Glibc
import JSON
import Tensors

/// One example's diagonal Gaussian, read from an encoder's output: the means, then the
/// log-variances.
struct DiagonalGaussianRow {
  let parameters: UnsafePointer<Float>
  let latent: Int

  func mean(_ i: Int) -> Double { Double(parameters[i]) }
  func logVariance(_ i: Int) -> Double { Double(parameters[latent + i]) }

  /// Returns KL to the standard normal of latent i: 1/2 (mean^2 + exp(logVariance) - 1 -
  /// logVariance).
  func divergence(_ i: Int) -> Double {
    0.5 * (mean(i) * mean(i) + exp(logVariance(i)) - 1 - logVariance(i))
  }

  func divergenceSlope(_ i: Int) -> (mean: Double, logVariance: Double) {
    (mean(i), 0.5 * (exp(logVariance(i)) - 1))
  }
}

extension LatentBatch {
  func gaussian(_ example: Int) -> DiagonalGaussianRow {
    DiagonalGaussianRow(parameters: UnsafePointer(parameters.row(example)), latent: latent)
  }
}

extension Model {
  /// Throws `params` if the posterior is not a diagonal Gaussian; `purpose` reads like "free bits
  /// are counted".
  func requireDiagonalGaussian(at path: String, for purpose: String) throws(Fault) {
    guard posterior.isDiagonalGaussian else {
      throw Fault(
        .params,
        "\(purpose) for independent latents, but the posterior is \(spec.posterior.typeName)",
        path: path, expected: "a model with a gaussian posterior", got: spec.posterior.typeName)
    }
  }
}
