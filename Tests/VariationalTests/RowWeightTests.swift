import CAllocations
import Declarations
import JSON
import Tensors
import TestSupport
import Testing

@testable import Variational

/// Rows with weights: row n of N has the factor w_n N / sum w.
@Suite struct RowWeights {
  /// Row n has the weight n % 4, and stands as often in the list.
  private static let weights = (0..<12).map { Float($0 % 4) }
  private static let repeated = (0..<12).flatMap { row in
    [UInt32](repeating: UInt32(row), count: row % 4)
  }

  private static func rows(_ shape: Shape, _ weights: [Float]? = RowWeights.weights) -> Rows {
    var rows = Rows(binary: 12, shape)
    rows.weights = weights
    return rows
  }

  private static let objectives = ObjectiveKind.examples.filter {
    (try? objective($0).coupling == nil) ?? false
  }

  private static let posteriors = PosteriorKind.registry.rows.flatMap { row in
    row.examples.map { $0.line }
  }

  private static func gradient(
    _ model: Model, _ objective: any Objective, _ data: Rows, _ rows: [UInt32]
  ) throws -> (means: Gradient.Means, gradient: Gradient) {
    let gradient = try Gradient(
      model, objective, batch: rows.count, factors: Gradient.factors(rows, of: data))
    let found = try withTeam(1) { team in
      try rows.withUnsafeBufferPointer {
        try gradient.compute($0, of: data, update: 3, seed: 4, team: team)
      }
    }
    return (found.means, gradient)
  }

  /// A row has the same noise wherever it stands, so that both are the same sums.
  @Test(arguments: objectives, posteriors)
  func theGradientIsThatOfRepeatedRows(objective text: String, posterior: String) throws {
    var spec = try spec(Small.plain)
    spec.posterior = try Choice<PosteriorKind>(json: JSON(parsing: posterior))
    let (model, objective) = (try Model(spec), try objective(text))
    let shape = model.spec.shape
    let one = try Self.gradient(model, objective, Self.rows(shape), Self.rows(shape).all)
    let other = try Self.gradient(model, objective, Self.rows(shape, nil), Self.repeated)
    for part in [\Gradient.Means.objective, \.reconstruction, \.divergence] {
      #expect(abs(one.means[keyPath: part] - other.means[keyPath: part]) < 1e-6)
    }
    for index in one.gradient.sum.specs.indices {
      let (a, b) = (one.gradient.sum.tensor(index).values, other.gradient.sum.tensor(index).values)
      for (a, b) in zip(a, b) { #expect(abs(a - b) < 2e-6 * max(1, abs(b))) }
    }
  }

  @Test func meansAreThoseOfRepeatedRows() throws {
    let model = try Small.model("plain")
    let (data, plain) = (Self.rows(model.spec.shape), Self.rows(model.spec.shape, nil))
    try withTeam(2) { team in
      func compare(_ name: String, _ values: (Rows, [UInt32]) throws -> [Double]) throws {
        let (one, other) = (try values(data, data.all), try values(plain, Self.repeated))
        for (a, b) in zip(one, other) { #expect(abs(a - b) < 1e-6 * max(1, abs(b)), "\(name)") }
        #expect(try values(plain, plain.all) != one, "\(name)")
      }
      let evaluation = Evaluation(model, samples: 3, seed: 1)
      try compare("bound") { data, rows in
        let bound = try evaluation.bound(of: data, rows: rows, team: team)
        return [bound.elbo.mean, bound.reconstruction.mean, bound.divergence.mean]
      }
      try compare("likelihood") { data, rows in
        [try evaluation.logLikelihood(of: data, rows: rows, team: team).logLikelihood.mean]
      }
      try compare("gap") { data, rows in
        let gap = try InferenceGap(model, samples: 8, steps: 3, rate: 0.01, seed: 1)
          .measure(of: data, rows: rows, team: team)
        return [gap.elbo.mean, gap.bestELBO.mean, gap.amortization.mean, gap.approximation.mean]
      }
      try compare("latent") { data, rows in
        let latent = try LatentStatistics(
          model, of: data, rows: rows, samples: 2, seed: 1, team: team)
        return [
          latent.totalDivergence.mean, latent.mutualInformation.mean,
          latent.aggregateDivergence.mean,
        ] + latent.divergence
      }
    }
  }

  @Test func errorsAreThoseOfWeightedMeans() {
    var estimate = Evaluation.Estimate(perRow: [1, 2, 6], monteCarloVariance: [1, 4, 9])
    let plain = (estimate.mean, estimate.standardError, estimate.monteCarloError)
    estimate.factors = [1, 1, 1]
    #expect(plain.0 == estimate.mean && plain.1 == estimate.standardError)
    #expect(plain.2 == estimate.monteCarloError)
    estimate.factors = [1.5, 1.5, 0]
    #expect(estimate.mean == 1.5)
    // sum of (w (x - mean))^2 over 3 * 2, and of w^2 variance over 3^2.
    #expect(abs((estimate.standardError ?? 0) - (2 * 0.75 * 0.75 / 6).squareRoot()) < 1e-12)
    #expect(abs((estimate.monteCarloError ?? 0) - (2.25 * 5).squareRoot() / 3) < 1e-12)
  }

  private func trained(
    _ data: Rows, threads: Int = 1, _ options: String = ""
  ) throws -> Trainer {
    let trainer = try Trainer(
      trainerSpec("{\"batch\": 5\(options)}"), model: try Small.model("coupled"), data: data,
      rows: data.all,
      validation: Trainer.Validation(data: data, rows: data.all, every: 5, samples: 1))
    try withTeam(threads) { team in for _ in 0..<12 { try trainer.step(team) } }
    return trainer
  }

  /// Equal weights change no bit, and others do; no number of threads changes one.
  @Test func aRunIsItsOwn() throws {
    let shape = try Small.model("coupled").spec.shape
    let plain = try trained(Self.rows(shape, nil))
    let equal = try trained(Self.rows(shape, [Float](repeating: 2.5, count: 12)))
    #expect(plain.numbers == equal.numbers && plain.history.objective == equal.history.objective)
    #expect(plain.history.validation == equal.history.validation)
    let runs = try [1, 2, 3].map { try trained(Self.rows(shape), threads: $0) }
    #expect(runs[0].numbers != plain.numbers)
    #expect(runs[0].numbers == runs[1].numbers && runs[0].numbers == runs[2].numbers)
  }

  /// The mean is that of all rows that batches are drawn from, not of one batch.
  @Test func factorsAreThoseOfTheSplit() throws {
    let data = Self.rows([2])
    let rows: [UInt32] = [1, 2, 3, 4]
    let factors = try #require(try Gradient.factors(rows, of: data))
    #expect(rows.map { factors.base[Int($0)] } == [1 / 1.5, 2 / 1.5, 2, 0])
    let weights = try #require(data.weights)
    let effective = Weighting.effectiveCount(rows.map { Double(weights[Int($0)]) })
    #expect(abs(effective - 36.0 / 14) < 1e-12)
    #expect(throws: Fault.self) { try Weighting([0, 4, 8], of: data) }
    #expect(try Weighting(rows, of: Self.rows([2], nil)) == nil)
  }

  @Test(.enabled(if: allocations_are_counted() != 0, "a sanitizer has malloc to itself"))
  func anUpdateAllocatesNothing() throws {
    let model = try Small.model("plain")
    let data = Self.rows(model.spec.shape)
    let trainer = try Trainer(
      trainerSpec(#"{"batch": 5}"#), model: model, data: data, rows: data.all)
    try withTeam(1) { team in
      for _ in 0..<6 { try trainer.step(team) }
      try trainer.reserve(50)
      let before = allocations_of_this_thread()
      for _ in 0..<30 { try trainer.step(team) }
      #expect(allocations_of_this_thread() == before)
    }
  }
}
