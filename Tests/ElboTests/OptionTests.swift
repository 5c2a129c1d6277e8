import Elbo
import Glibc
import TestSupport
import Testing

/// Each option of the Swift API has an effect of its own.
@Suite struct OptionTests {
  private let data: DataSet

  init() throws { data = try DataSet(rows: VAETests.rows, split: Split(validation: 25)) }

  @Test func drawsFollowTheirSeedAndTemperature() throws {
    let vae = try VAETests.vae()
    #expect(try vae.sample(3, seed: 1) != vae.sample(3, seed: 2))
    #expect(try vae.sample(3) != VAETests.vae(seed: 4).sample(3))
    // At temperature zero every latent is zero.
    let cold = try vae.sample(2, seed: 1, temperature: 0).values
    #expect(cold.prefix(9) == cold.suffix(9))
  }

  @Test func evaluationsTakeTheirSamplesAndTheirSeed() throws {
    let vae = try VAETests.vae()
    let one = try vae.bound(of: data).elbo
    let many = try vae.bound(of: data, samples: 20).elbo
    #expect(one.monteCarloError == nil && many.monteCarloError != nil)
    #expect(try vae.bound(of: data, seed: 1).elbo.mean != one.mean)
    #expect(fault { _ = try vae.bound(of: data, samples: 0) }?.path == "samples")
  }

  @Test func aSplitIsItsRows() throws {
    let vae = try VAETests.vae()
    #expect(try vae.encode(data, split: "validation").mean.shape == [25, 2])
    #expect(try vae.reconstruct(data, split: "validation").shape == [25, 9])
    #expect(try vae.bound(of: data, split: "validation").elbo.perRow.count == 25)
    // Training uses the remaining rows unless a split is named.
    #expect(try vae.training(on: data, batch: 10).updatesPerEpoch == 4)
    #expect(try vae.training(on: data, split: "validation", batch: 10).updatesPerEpoch == 3)
  }

  @Test func everyPartOfAModelIsTaken() throws {
    func count(
      _ likelihood: Choice<LikelihoodKind> = .bernoulli,
      _ posterior: Choice<PosteriorKind> = .gaussian,
      _ prior: Choice<PriorKind> = .standardNormal
    ) throws -> Int {
      try VAE(
        shape: [9], latent: 2, encoder: [.dense], decoder: [.dense], likelihood: likelihood,
        posterior: posterior, prior: prior, threads: 1
      ).parameterCount
    }
    let plain = try count()
    #expect(try count(.gaussian) > plain)
    #expect(try count(.bernoulli, .fullGaussian) > plain)
    #expect(try count(.bernoulli, .gaussian, .mixture) > plain)
  }

  /// A third of the numbers in each column are ones.
  @Test func theBiasBeginsAtTheMeanOfTheData() throws {
    let vae = try VAE(for: data, latent: 2, encoder: [.dense], decoder: [.dense], threads: 1)
    let mean = try vae.sample(1, temperature: 0).values
    #expect(mean.allSatisfy { ($0 - 1 / 3).magnitude < 1e-5 }, "\(mean)")
  }

  @Test func dataAreTransformed() throws {
    let halves = try DataSet(rows: [[0, 200]], transforms: [.scale(by: 0.5)])
    #expect(halves.maximum == 100)
  }

  /// The objectives of a few updates, which each option changes.
  @Test func everyOptionOfATrainingIsTaken() throws {
    func run(
      objective: Choice<ObjectiveKind> = .elbo, schedule: Choice<ScheduleKind> = .constant,
      seed: Int = 0, clip: Double? = nil
    ) throws -> [Float] {
      let training = try VAETests.vae().training(
        on: data, objective: objective, optimizer: .sgd(rate: 0.1), schedule: schedule, batch: 10,
        seed: seed, clip: clip)
      try training.step(5)
      return training.history.objective
    }
    let plain = try run()
    #expect(try run() == plain)
    #expect(try run(objective: .elbo(beta: 2)) != plain)
    #expect(try run(schedule: .exponential(factor: 0.5, every: 1)) != plain)
    #expect(try run(seed: 1) != plain)
    #expect(try run(clip: 1e-3) != plain)
  }

  @Test func progressTellsOfTheUpdatesSinceTheLastReport() async throws {
    let training = try VAETests.vae().training(on: data, batch: 10)
    var reports: [Progress] = []
    for try await report in training.run(updates: 20, every: 10) { reports.append(report) }
    let history = training.history
    try #require(reports.count == 2)
    for (report, updates) in zip(reports, [0..<10, 10..<20]) {
      let mean = history.reconstruction[updates].reduce(0) { $0 + Double($1) } / 10
      #expect((report.reconstruction - mean).magnitude < 1e-9)
    }
  }

  @Test func validationsAreOfWhatIsSaid() throws {
    func validated(_ validation: Training.Validation) throws -> History.Validation {
      let training = try VAETests.vae().training(on: data, batch: 10, validation: validation)
      try training.step(20)
      return training.history.validation
    }
    let own = try validated(Training.Validation(every: 10))
    #expect(own.update == [10, 20])
    let many = try validated(Training.Validation(every: 10, samples: 30))
    #expect(many.reconstruction != own.reconstruction)
    let zeros = try DataSet(rows: [[Float]](repeating: [Float](repeating: 0, count: 9), count: 5))
    let all = try validated(Training.Validation(split: nil, every: 10))
    #expect(all.divergence != own.divergence)
    let others = try validated(Training.Validation(split: nil, of: zeros, every: 10))
    #expect(others.divergence != all.divergence)
  }

  /// The second validation does not improve by the required amount.
  @Test func whatHasConvergedEnds() async throws {
    func training() throws -> Training {
      try VAETests.vae().training(
        on: data, batch: 10, stopping: Stopping(patience: 1, minimumImprovement: 1000),
        validation: Training.Validation(every: 5))
    }
    let last = try training().step(100)
    #expect(last.update == 10 && last.isConverged)
    var updates: [Int] = []
    for try await report in try training().run(updates: 100, every: 5) {
      updates.append(report.update)
    }
    #expect(updates == [5, 10])
  }

  @Test func labelsAreOneForEachRow() throws {
    let labels = VAETests.rows.indices.map { $0 % 3 }
    let labelled = try DataSet(rows: VAETests.rows, labels: labels)
    let vae = try VAE(
      for: labelled, latent: 2, encoder: [.dense], decoder: [.dense], condition: .label,
      threads: 1)
    #expect(fault { _ = try vae.sample(3, labels: [0, 1]) }?.path == "labels")
  }

  /// Rows of more than 64 MiB stay in their file, and are read when they are used.
  @Test func whatHasChangedInItsFileIsNotAnswered() throws {
    let folder = Folder()
    let path = folder("rows.npy")
    var header = "{'descr': '|u1', 'fortran_order': False, 'shape': (7500000, 9), }"
    header += String(repeating: " ", count: 117 - header.utf8.count) + "\n"
    let magic = [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0]
    try folder.write("rows.npy", magic + Array(header.utf8))
    // A sparse file: zeros take no space.
    #expect(truncate(path, 128 + 9 * 7_500_000) == 0)
    let stored = try DataSet.load(.npy(path: path), [], Split(validation: 10))
    let vae = try VAETests.vae()
    #expect(try vae.encode(stored, split: "validation").mean.shape == [10, 2])
    usleep(20_000)
    let file = open(path, O_WRONLY)
    #expect(pwrite(file, [1], 1, 200) == 1)
    close(file)
    #expect(fault { _ = try vae.encode(stored, split: "validation") }?.kind == .io)
    #expect(fault { _ = try vae.reconstruct(stored, split: "validation") }?.kind == .io)
    #expect(fault { _ = try vae.bound(of: stored, split: "validation") }?.kind == .io)
  }
}
