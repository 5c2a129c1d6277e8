import Conformance
import Declarations
import Glibc
import JSON
import Layers
import References
import Tensors
import Testing

@testable import Variational

extension PosteriorKind {
  /// The examples of every registered posterior, so that tests over all of them need no additions.
  static let examples = registry.rows.flatMap { $0.examples.map(\.line) }
}

/// The properties of every registered posterior: a new one needs no addition here.
@Suite struct EveryPosterior {
  /// log q(z | x) = log N(noise) - log |det dz / dnoise|, the determinant from central differences.
  @Test(arguments: PosteriorKind.examples, [1, 2, 3, 5])
  func densityIsThatOfTheChangeOfVariables(json: String, latent: Int) throws {
    let passes = try PosteriorPasses(json, latent: latent)
    let got = passes.sample()
    for draw in 0..<passes.draws {
      let (jacobian, _) = jacobian(passes, draw)
      let noise = passes.noise[draw * latent..<(draw + 1) * latent].map(Double.init)
      let base = noise.reduce(0) { $0 - 0.5 * (log(2 * Double.pi) + $1 * $1) }
      let determinant = jacobian.solve(noise).determinant
      #expect(determinant > 0)
      let expected = base - log(determinant)
      #expect((got.logDensity[draw] - expected).magnitude < 2e-3 * max(1, expected.magnitude))
    }
  }

  /// dz / dnoise, entry (i, j) = dz_i / dnoise_j, and d log q / dnoise.
  private func jacobian(_ passes: PosteriorPasses, _ draw: Int) -> ([Double], [Double]) {
    let d = passes.latent
    func moved(_ j: Int, _ step: Float) -> (z: [Float], logDensity: [Double]) {
      var noise = passes.noise
      noise[draw * d + j] += step
      let got = passes.sample(noise: noise)
      return (got.z, got.logDensity)
    }
    var matrix = [Double](repeating: 0, count: d * d)
    for j in 0..<d {
      for i in 0..<d {
        matrix[i * d + j] = difference { Double(moved(j, $0).z[draw * d + i]) }
      }
    }
    return (matrix, (0..<d).map { j in difference { moved(j, $0).logDensity[draw] } })
  }

  /// The gradient of sum of c z - w log q, through z and through the parameters at once.
  @Test(arguments: PosteriorKind.examples, [1, 3])
  func gradientIsThatOfCentralDifferences(json: String, latent: Int) throws {
    let passes = try PosteriorPasses(json, latent: latent)
    let dz = numbers(passes.draws * latent, seed: 13)
    let weights = numbers(passes.draws, seed: 14).map { 1 + 0.5 * $0 }
    let got = passes.backward(dz, path: weights, score: weights)
    func value(_ h: [Float]? = nil) -> Double {
      let sample = passes.sample(h)
      let z = zip(sample.z, dz).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      return zip(sample.logDensity, weights).reduce(z) { $0 - $1.0 * Double($1.1) }
    }
    for entry in passes.h.indices {
      let expected = difference { step in
        var h = passes.h
        h[entry] += step
        return value(h)
      }
      let allowed = 2e-3 * max(1, expected.magnitude)
      #expect(
        (Double(got.h[entry]) - expected).magnitude < allowed,
        "h[\(entry)]: \(expected), got \(got.h[entry])")
    }
    checkParameters(passes.model, passes.model.posteriorParameters, got.parameters) { value() }
    let inPlace = passes.backward(dz, path: weights, score: weights, inPlace: true)
    #expect(inPlace.h == got.h && inPlace.parameters == got.parameters)
  }

  /// Through z alone, -log q contributes -d log q / dz, which follows from differences in the
  /// noise.
  @Test(arguments: PosteriorKind.examples, [1, 2, 4])
  func pathAndScoreAreApart(json: String, latent: Int) throws {
    let passes = try PosteriorPasses(json, latent: latent)
    let slopes = (0..<passes.draws).flatMap { draw -> [Float] in
      let (matrix, slope) = jacobian(passes, draw)
      // J^T v = d log q / dnoise.
      let transposed = (0..<latent * latent).map { matrix[$0 % latent * latent + $0 / latent] }
      return transposed.solve(slope).x.map { Float(-$0) }
    }
    let (ones, none) = ([Float](repeating: 1, count: passes.draws), passes.noise.map { 0 * $0 })
    let zeros = [Float](repeating: 0, count: passes.draws)
    let path = passes.backward(none, path: ones, score: zeros)
    let expected = passes.backward(slopes, path: zeros, score: zeros)
    #expect(Deviation("h", path.h, expected.h, .largest(5e-3)).isTolerated)
    let all = passes.backward(none, path: ones, score: ones)
    let score = passes.backward(none, path: zeros, score: ones)
    let sum = zip(path.h, score.h).map { $0 + $1 }
    #expect(Deviation("sum", sum, all.h, .largest(1e-4)).isTolerated)
    for (index, gradient) in path.parameters.enumerated() {
      let deviation = Deviation("\(index)", gradient, expected.parameters[index], .largest(5e-3))
      #expect(deviation.isTolerated, "\(deviation)")
      let sum = zip(gradient, score.parameters[index]).map { $0 + $1 }
      #expect(Deviation("\(index)", sum, all.parameters[index], .largest(1e-4)).isTolerated)
    }
  }

  /// The divergence compared with the mean of log q - log p over draws, its gradient with
  /// differences, and moments with those of draws.
  @Test(arguments: PosteriorKind.examples)
  func closedFormsAreThoseOfDraws(json: String) throws {
    let samples = 40_000
    let passes = try PosteriorPasses(json, latent: 3, rows: 1, samples: samples)
    guard let closed = passes.posterior as? any ClosedFormPosterior else { return }
    let noise = Rowed(zeros: samples, 3)
    [UInt32(0)].withUnsafeBufferPointer {
      Random(seed: 4, .posterior).normal(
        into: noise.block, rows: $0.baseAddress.unsafelyUnwrapped, samples: samples)
    }
    let got = passes.sample(noise: noise.values)
    var difference = Moments()
    for draw in 0..<samples {
      let prior = (0..<3).reduce(0.0) {
        let z = Double(got.z[draw * 3 + $1])
        return $0 - 0.5 * (log(2 * Double.pi) + z * z)
      }
      difference.add(got.logDensity[draw] - prior)
    }
    let error = difference.varianceOfMean.squareRoot()
    #expect((difference.mean - got.divergence[0]).magnitude < 4.5 * error)
    let (h, mean, deviation) = (Rowed(passes.h, 1), Rowed(zeros: 1, 3), Rowed(zeros: 1, 3))
    defer { withExtendedLifetime((h, mean, deviation)) {} }
    closed.moments(h.block, mean: mean.block, deviation: deviation.block)
    for i in 0..<3 {
      var moments = Moments()
      for draw in 0..<samples { moments.add(Double(got.z[draw * 3 + i])) }
      let spread = Double(deviation.values[i])
      let error = spread / Double(samples).squareRoot()
      #expect((moments.mean - Double(mean.values[i])).magnitude < 4.5 * error)
      #expect((moments.variance.squareRoot() / spread - 1).magnitude < 0.02)
    }
  }

  @Test(arguments: PosteriorKind.examples)
  func divergenceHasTheGradientOfDifferences(json: String) throws {
    let passes = try PosteriorPasses(json)
    guard passes.posterior is any ClosedFormPosterior else { return }
    let got = passes.backward(passes.noise.map { 0 * $0 }, divergence: 0.7)
    for entry in passes.h.indices {
      let expected =
        -0.7
        * difference { step in
          var h = passes.h
          h[entry] += step
          return passes.sample(h).divergence.reduce(0, +)
        }
      #expect((Double(got.h[entry]) - expected).magnitude < 1e-3 * max(1, expected.magnitude))
    }
  }

  /// As a mixture component, the density of its own draws equals that of `sample`; gradients equal
  /// differences; draws are the same.
  @Test(arguments: PosteriorKind.examples)
  func asAComponent(json: String) throws {
    let passes = try PosteriorPasses(json, samples: 1)
    guard let family = passes.posterior as? any ComponentPosterior else { return }
    let (rows, latent) = (passes.rows, passes.latent)
    let h = Rowed(passes.h, rows)
    let kept = Rowed(zeros: 1, family.factors(rows))
    defer { withExtendedLifetime((h, kept)) {} }
    let factors = kept.block
    let own = passes.sample()
    func terms(_ h: Block, _ z: [Float]) -> [Float] {
      family.prepare(h, into: factors)
      var terms = [Float](repeating: .nan, count: rows)
      family.logDensities(z, h, factors, into: &terms)
      return terms
    }
    for row in 0..<rows {
      let z = Array(own.z[row * latent..<(row + 1) * latent])
      let at = terms(h.block, z)
      #expect((Double(at[row]) - own.logDensity[row]).magnitude < 1e-4)
      let share: [Float] = [0.25, 0.75]
      let (dz, dh) = (Rowed(zeros: 1, latent), Rowed(zeros: rows, family.inputs))
      defer { withExtendedLifetime((dz, dh)) {} }
      family.addGradient(
        z, h.block, factors, share: share, path: 2, score: -3, adding: dz.block.base, dh: dh.block)
      for i in 0..<latent {
        let expected = difference { step in
          var z = z
          z[i] += step
          return zip(share, terms(h.block, z)).reduce(0.0) { $0 + 2 * Double($1.0 * $1.1) }
        }
        #expect((Double(dz.values[i]) - expected).magnitude < 5e-3 * max(1, expected.magnitude))
      }
      for entry in passes.h.indices {
        let expected = difference { step in
          var moved = passes.h
          moved[entry] += step
          let h = Rowed(moved, rows)
          defer { withExtendedLifetime(h) {} }
          return zip(share, terms(h.block, z)).reduce(0.0) { $0 - 3 * Double($1.0 * $1.1) }
        }
        #expect(
          (Double(dh.values[entry]) - expected).magnitude < 5e-3 * max(1, expected.magnitude))
      }
      let noise = Array(passes.noise[row * latent..<(row + 1) * latent])
      var drawn = noise
      family.draw(noise, h.block.row(row), into: &drawn)
      #expect(Deviation("draw", drawn, z, .entry(1e-6)).isTolerated)
    }
  }
}

/// A posterior whose family contains the exact one.
@Suite struct ExactPosterior {
  /// With the covariance P^-1 the bound is log p(x), and so is the log of every weight p(x, z) /
  /// q(z | x).
  @Test func fullGaussianReachesTheLinearGaussianModel() throws {
    let reference = try LinearGaussianReference("linear_gaussian")
    let exact = reference.exact
    let latent = exact.latent
    var spec = try exact.model().spec
    spec.posterior = Choice(FullGaussianPosterior()) { $0 }
    let model = try Model(spec)
    let diagonal = try exact.model()
    let width = model.posterior.inputs
    // The same mean, with the Cholesky factor of the covariance in the biases.
    var weight = Tensor(zeros: [exact.dimensions, width])
    let old = diagonal.parameters.tensor(0).values
    for d in 0..<exact.dimensions {
      for i in 0..<latent { weight.values[d * width + i] = old[d * 2 * latent + i] }
    }
    var bias = Tensor(zeros: [width])
    for i in 0..<latent { bias.values[i] = diagonal.parameters.tensor(1).values[i] }
    let precision = (0..<latent * latent).map { index in
      let (i, j) = (index / latent, index % latent)
      let product = zip(exact.weight[i], exact.weight[j]).reduce(0) { $0 + $1.0 * $1.1 }
      return product / (exact.sigma * exact.sigma) + (i == j ? 1 : 0)
    }
    let covariance = (0..<latent).map { column in
      precision.solve((0..<latent).map { $0 == column ? 1 : 0 }).x
    }
    var lower = covariance.map { $0.map { _ in 0.0 } }
    for i in 0..<latent {
      for j in 0...i {
        let sum = (0..<j).reduce(covariance[i][j]) { $0 - lower[i][$1] * lower[j][$1] }
        lower[i][j] = i == j ? sum.squareRoot() : sum / lower[j][j]
        if i == j {
          bias.values[latent + i] = Float(log(lower[i][i]))
        } else {
          bias.values[2 * latent + i * (i - 1) / 2 + j] = Float(lower[i][j])
        }
      }
    }
    model.parameters.assign(weight, to: 0)
    model.parameters.assign(bias, to: 1)
    for index in 2..<4 { model.parameters.assign(diagonal.parameters.tensor(index), to: index) }
    let truth = try reference.note("meanLogLikelihood")
    try withTeam { team in
      let evaluation = Evaluation(model, samples: 500, seed: 0)
      let bound = try evaluation.bound(of: reference.data, rows: reference.rows, team: team).elbo
      let error = try #require(bound.monteCarloError)
      #expect(error < 0.02)
      #expect((bound.mean - truth).magnitude < 4.5 * error)
      let weighted = try evaluation.logLikelihood(
        of: reference.data, rows: reference.rows, team: team)
      #expect(weighted.logLikelihood.perRow.distance(from: reference.logLikelihood) < 1e-4)
      #expect(weighted.effectiveSampleSize.allSatisfy { $0 > 499.9 })
    }
  }
}
