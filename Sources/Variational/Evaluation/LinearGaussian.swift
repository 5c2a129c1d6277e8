import Declarations
import Glibc
import JSON
import Layers
import Tensors

/// A model whose log p(x) is known exactly: z standard normal, x = z W + b + sigma noise (W latents
/// x dimensions), all in float64.
///
/// x is Gaussian with mean b and covariance W^T W + sigma^2 I. The posterior has the precision P =
/// I + W W^T / sigma^2 and the mean (x - b) W^T P^-1 / sigma^2, so that an encoder of one dense
/// layer can hold the best diagonal Gaussian: that mean, and the variances 1 / P_ii. Evaluators are
/// checked against this model.
package struct LinearGaussian: Sendable {
  package let weight: [[Double]]
  package let bias: [Double]
  package let sigma: Double
  private let covariance: Cholesky
  private let precision: [[Double]]
  /// dimensions x latents: the posterior mean is x - b times this matrix.
  private let encoding: [[Double]]

  package var latent: Int { weight.count }
  package var dimensions: Int { bias.count }

  package init(weight: [[Double]], bias: [Double], sigma: Double) {
    self.weight = weight
    self.bias = bias
    self.sigma = sigma
    let (latents, dimensions) = (weight.indices, bias.indices)
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let columns = dimensions.map { d in weight.map { $0[d] } }
    covariance = Cholesky(
      dimensions.map { i in
        dimensions.map { j in dot(columns[i], columns[j]) + (i == j ? sigma * sigma : 0) }
      })
    let precision = latents.map { i in
      latents.map { j in dot(weight[i], weight[j]) / (sigma * sigma) + (i == j ? 1 : 0) }
    }
    self.precision = precision
    let root = Cholesky(precision)
    encoding = columns.map { column in root.solve(column.map { $0 / (sigma * sigma) }) }
  }

  /// Returns log p(x), in nats.
  package func logLikelihood(_ x: [Double]) -> Double {
    let error = zip(x, bias).map { $0 - $1 }
    let distance = zip(error, covariance.solve(error)).reduce(0) { $0 + $1.0 * $1.1 }
    return -0.5
      * (Double(dimensions) * log(2 * Double.pi) + covariance.logDeterminant + distance)
  }

  package func posteriorMean(_ x: [Double]) -> [Double] {
    weight.indices.map { i in
      bias.indices.reduce(0) { $0 + (x[$1] - bias[$1]) * encoding[$1][i] }
    }
  }

  /// The variances of the best diagonal Gaussian, which are the same for all x.
  package var variances: [Double] { weight.indices.map { 1 / precision[$0][$0] } }

  /// Returns KL(q(z_i | x) || N(0, 1)) of the best diagonal Gaussian for each latent, in nats.
  package func divergences(_ x: [Double]) -> [Double] {
    zip(posteriorMean(x), variances).map { 0.5 * ($0 * $0 + $1 - 1 - log($1)) }
  }

  /// Returns the ELBO of the best diagonal Gaussian, in nats.
  package func bestELBO(_ x: [Double]) -> Double {
    let mean = posteriorMean(x)
    var sum = Double(dimensions) * log(2 * Double.pi * sigma * sigma)
    for d in bias.indices {
      var error = x[d] - bias[d]
      for i in weight.indices {
        error -= mean[i] * weight[i][d]
        sum += variances[i] * weight[i][d] * weight[i][d] / (sigma * sigma)
      }
      sum += error * error / (sigma * sigma)
    }
    return -0.5 * sum - divergences(x).reduce(0, +)
  }

  /// Returns the same distribution as a model, with the best diagonal Gaussian in its encoder.
  package func model() throws(Fault) -> Model {
    var spec = ModelSpec()
    spec.shape = [dimensions]
    spec.latent = latent
    var likelihood = GaussianLikelihood()
    likelihood.deviation = sigma
    spec.likelihood = Choice(likelihood) { $0 }
    spec.encoder = [LayerChoice(Dense()) { $0 }]
    spec.decoder = [LayerChoice(Dense()) { $0 }]
    let model = try Model(spec)
    let offset = posteriorMean(bias.map { _ in 0 })
    let parameters: [[Double]] = [
      encoding.flatMap { $0 + $0.map { _ in 0 } }, offset + variances.map { log($0) },
      weight.flatMap { $0 }, bias,
    ]
    for (index, values) in parameters.enumerated() {
      model.parameters.assign(
        Tensor(model.parameters.specs[index].shape, values.map { Float($0) }), to: index)
    }
    return model
  }
}

/// L with L L^T = A, for a symmetric positive definite A.
private struct Cholesky: Sendable {
  private var lower: [[Double]]

  init(_ a: [[Double]]) {
    lower = a.map { $0.map { _ in 0 } }
    for i in a.indices {
      for j in 0...i {
        let sum = (0..<j).reduce(a[i][j]) { $0 - lower[i][$1] * lower[j][$1] }
        lower[i][j] = i == j ? sum.squareRoot() : sum / lower[j][j]
      }
    }
  }

  var logDeterminant: Double { lower.indices.reduce(0) { $0 + 2 * log(lower[$1][$1]) } }

  /// Returns A^-1 b.
  func solve(_ b: [Double]) -> [Double] {
    var x = b
    for i in b.indices {
      for j in 0..<i { x[i] -= lower[i][j] * x[j] }
      x[i] /= lower[i][i]
    }
    for i in b.indices.reversed() {
      for j in b.indices where j > i { x[i] -= lower[j][i] * x[j] }
      x[i] /= lower[i][i]
    }
    return x
  }
}
