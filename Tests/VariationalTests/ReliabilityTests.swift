import Glibc
import Tensors
import Testing

@testable import Variational

private let isLong = getenv("ELBO_LONG") != nil

/// Estimates of log p(x) of linear-Gaussian models, whose exact values are known: the interval of
/// twice the error covers them as often as it should, or the reply has a warning.
@Suite struct Reliabilities {
  /// The result of a run: the difference from the exact mean, the error, and whether there is a
  /// warning.
  private struct Run {
    var difference: Double
    var error: Double?
    var isWarned: Bool
  }

  /// Checks that the interval covers the truth in 95% of 1,000 runs, except for float32; of fewer
  /// runs as often as 95% allow, with one exception in 700 by chance.
  private func check(_ runs: [Run], _ label: String) {
    let count = Double(runs.count)
    let held = runs.count { $0.isWarned || $0.difference.magnitude <= 2 * ($0.error ?? 0) + 1e-5 }
    let least =
      runs.count < 1000 ? 0.95 * count - 3 * (0.95 * 0.05 * count).squareRoot() : 0.95 * count
    let warned = runs.count(where: \.isWarned)
    #expect(Double(held) >= least, "\(label): \(held) of \(runs.count) held, \(warned) warned")
    print("figure: \(label): \(held) of \(runs.count) held or warned, \(warned) warned")
  }

  /// Returns twelve rows of the model.
  private func rows(
    _ exact: LinearGaussian, _ model: Model
  ) throws -> (data: TensorRows, truth: Double) {
    let values = try model.decode(try model.latents(12, seed: 5, temperature: 1), drawing: 5)
    return (TensorRows(values, shape: model.spec.shape), truth(exact, values))
  }

  private func truth(_ exact: LinearGaussian, _ values: Tensor) -> Double {
    (0..<values.rows).map { row in
      exact.logLikelihood(
        values.values[row * exact.dimensions..<(row + 1) * exact.dimensions].map(Double.init))
    }.mean
  }

  /// Returns two latents whose correlation in the posterior, -0.1 to -0.9, is the tail index of the
  /// best diagonal posterior's weights.
  private static func correlated(_ angle: Double) -> LinearGaussian {
    LinearGaussian(weight: [[1, angle], [angle, 1]], bias: [0.3, -0.2], sigma: 0.7)
  }

  @Test(arguments: [0.0, 0.1, 0.3, 0.6, 0.9], [30, 100, 400])
  func ofImportanceWeights(angle: Double, samples: Int) throws {
    let exact = Self.correlated(angle)
    let model = try exact.model()
    let (data, truth) = try rows(exact, model)
    let names = (0..<12).map { UInt32($0) }
    try withTeam { team in
      let runs = try (0..<(isLong ? 1000 : 60)).map { seed in
        let answer = try Evaluation(model, samples: samples, seed: seed).logLikelihood(
          of: data, rows: names, team: team)
        return Run(
          difference: answer.logLikelihood.mean - truth,
          error: answer.logLikelihood.monteCarloError,
          isWarned: answer.reliability.warning != nil)
      }
      check(runs, "importance, \(angle), \(samples) samples")
    }
  }

  /// From one temperature, where the weights are those of draws from the prior, to a sufficient
  /// number.
  @Test(arguments: [1, 4, 20, 80])
  func ofAnnealedChains(temperatures: Int) throws {
    let exact = SelfTest.wellBehaved
    let model = try exact.model()
    let (data, truth) = try rows(exact, model)
    let names = (0..<12).map { UInt32($0) }
    try withTeam { team in
      let runs = try (0..<(isLong ? 1000 : 30)).map { seed in
        let answer = try AnnealedImportance(
          model, chains: 16, temperatures: temperatures, leapfrog: 2, seed: seed
        ).logLikelihood(of: data, rows: names, team: team)
        return Run(
          difference: answer.logLikelihood.mean - truth,
          error: answer.logLikelihood.monteCarloError,
          isWarned: answer.reliability.warning != nil)
      }
      check(runs, "annealed, \(temperatures) temperatures")
    }
  }

  /// Each bound separately, over newly drawn examples.
  @Test(arguments: [1, 2, 20, 80])
  func ofBothEndsOfABracket(temperatures: Int) throws {
    let exact = SelfTest.wellBehaved
    let model = try exact.model()
    try withTeam { team in
      var (lower, upper): ([Run], [Run]) = ([], [])
      for seed in 0..<(isLong ? 1000 : 30) {
        let bracket = try AnnealedImportance(
          model, chains: 16, temperatures: temperatures, leapfrog: 2, seed: seed
        ).bracket(count: 12, team: team)
        let truth = truth(exact, bracket.examples.tensor)
        for (end, reliability, isLower) in [
          (bracket.lower, bracket.reliability.lower, true),
          (bracket.upper, bracket.reliability.upper, false),
        ] {
          let run = Run(
            difference: end.mean - truth, error: end.monteCarloError,
            isWarned: reliability.warning != nil)
          if isLower { lower.append(run) } else { upper.append(run) }
        }
      }
      check(lower, "lower end, \(temperatures) temperatures")
      check(upper, "upper end, \(temperatures) temperatures")
    }
  }

  @Test func ofTheBestPosteriorsWeights() throws {
    let exact = Self.correlated(0.3)
    let model = try exact.model()
    let (data, truth) = try rows(exact, model)
    try withTeam { team in
      let runs = try (0..<(isLong ? 1000 : 30)).map { seed in
        let answer = try InferenceGap(model, samples: 100, steps: 5, rate: 0.01, seed: seed)
          .measure(
            of: data, rows: (0..<12).map { $0 }, team: team)
        return Run(
          difference: answer.logLikelihood.mean - truth,
          error: answer.logLikelihood.monteCarloError,
          isWarned: answer.reliability.warning != nil)
      }
      check(runs, "gap")
    }
  }

  /// Correct estimates get no warning, since warnings must be informative.
  @Test func areNotDoubtedWhereAllIsWell() throws {
    let exact = Self.correlated(0.1)
    let model = try exact.model()
    let (data, _) = try rows(exact, model)
    let names = (0..<12).map { UInt32($0) }
    try withTeam { team in
      let importance = try (0..<20).map {
        try Evaluation(model, samples: 400, seed: $0).logLikelihood(
          of: data, rows: names, team: team
        )
        .reliability
      }
      #expect(importance.count { $0.warning != nil } <= 2)
      #expect(importance.count { $0.unreliable == 0 } >= 15)
      let annealed = try AnnealedImportance(
        model, chains: 16, temperatures: 500, leapfrog: 5, seed: 0
      ).logLikelihood(of: data, rows: names, team: team).reliability
      #expect(annealed.warning == nil && annealed.unreliable == 0)
    }
  }

  /// One weight dominates: the bound is thousands of nats off, and its error looks small in
  /// comparison.
  @Test func ofOneWeightThatHoldsEverything() throws {
    let exact = LinearGaussian(weight: [[1, 1, 1]], bias: [0, 0, 0], sigma: 0.001)
    let model = try exact.model()
    var encoder = model.parameters.tensor(1)
    encoder.values[0] += 1
    model.parameters.assign(encoder, to: 1)
    let data = TensorRows(Tensor(zeros: [8, 3]), shape: [3])
    let rows = (0..<8).map { UInt32($0) }
    try withTeam { team in
      let answer = try Evaluation(model, samples: 50, seed: 0).logLikelihood(
        of: data, rows: rows, team: team)
      let missing = exact.logLikelihood([0, 0, 0]) - answer.logLikelihood.mean
      #expect(missing > 1000)
      #expect(answer.reliability.unreliable == 1)
      #expect(answer.reliability.warning?.contains("8 of 8 rows") == true)
      let annealed = try AnnealedImportance(
        model, chains: 16, temperatures: 2, leapfrog: 1, seed: 0
      ).logLikelihood(of: data, rows: rows, team: team)
      #expect(annealed.reliability.unreliable == 1)
      #expect(annealed.reliability.warning?.contains("temperatures") == true)
    }
  }

  @Test func ofTooFewAreNotKnown() throws {
    let exact = Self.correlated(0)
    let model = try exact.model()
    let (data, _) = try rows(exact, model)
    try withTeam { team in
      for samples in [1, 20] {
        let few = try Evaluation(model, samples: samples, seed: 0).logLikelihood(
          of: data, rows: [0, 1], team: team
        ).reliability
        #expect(few.unreliable == 1 && few.warning?.contains("21 samples") == true)
      }
      for chains in [1, 7] {
        let few = try AnnealedImportance(
          model, chains: chains, temperatures: 3, leapfrog: 1, seed: 0
        ).logLikelihood(of: data, rows: [0, 1], team: team).reliability
        #expect(few.unreliable == 1 && few.warning?.contains("8 chains") == true)
      }
    }
  }
}
