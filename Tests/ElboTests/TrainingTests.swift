import Elbo
import TestSupport
import Testing

/// Training in steps, as a sequence, and concurrently with queries.
@Suite struct TrainingTests {
  private let data: DataSet

  init() throws {
    data = try DataSet(rows: VAETests.rows, split: Split(validation: 10))
  }

  private func training(_ vae: VAE) throws -> Training {
    try vae.training(
      on: data, objective: .elbo(samples: 2), optimizer: .adam(rate: 0.01), batch: 20,
      validation: Training.Validation(every: 10))
  }

  @Test func stepsAndRunsAreTheSame() async throws {
    let (one, two) = (try VAETests.vae(threads: 1), try VAETests.vae(threads: 2))
    let last = try training(one).step(40)
    var reports: [Progress] = []
    for try await progress in try training(two).run(updates: 40, every: 15) {
      reports.append(progress)
    }
    #expect(reports.map(\.update) == [15, 30, 40])
    #expect(reports.last?.validation == last.validation && last.validation != nil)
    #expect(try one.sample(9) == two.sample(9))
    #expect(last.elbo > -9 && last.elbo == last.reconstruction - last.divergence)
  }

  @Test func epochsAreCountedInUpdates() async throws {
    let training = try training(VAETests.vae())
    #expect(training.updatesPerEpoch == 3)
    for try await _ in training.run(epochs: 4) {}
    #expect(training.update == 12 && training.history.objective.count == 12)
  }

  @Test func aCancelledTaskEndsTheSequence() async throws {
    let training = try training(VAETests.vae())
    let task = Task { () throws -> Int in
      var count = 0
      for try await _ in training.run(updates: .max, every: 5) {
        count += 1
        if count == 3 { withUnsafeCurrentTask { $0?.cancel() } }
      }
      return count
    }
    #expect(try await task.value == 3)
    #expect(training.update == 15)
    #expect(try training.step(1).update == 16)
  }

  @Test func queriesAreAnsweredBesideIt() async throws {
    let vae = try VAETests.vae()
    let training = try training(vae)
    let background = Task {
      for try await _ in training.run(updates: 300, every: 10) {}
    }
    var drawn: Set<[Float]> = []
    while training.update < 300 { drawn.insert(try vae.sample(1).values) }
    try await background.value
    #expect(drawn.count > 1)
  }

  @Test func optionsKeepToTheirBounds() throws {
    let vae = try VAETests.vae()
    #expect(fault { _ = try vae.training(on: data, batch: 0) }?.path == "batch")
    #expect(
      fault { _ = try vae.training(on: data, optimizer: .sgd(rate: -1)) }?.path
        == "optimizer.rate")
    #expect(
      fault { _ = try vae.training(on: data, validation: Training.Validation(every: 0)) }?.path
        == "validation.every")
    #expect(
      fault { _ = try vae.training(on: data, stopping: Stopping(patience: 2)) }?.path
        == "stopping")
    let training = try training(vae)
    #expect(fault { try training.step(0) }?.path == "updates")
  }

  @Test func refusedUpdatesChangeNothing() throws {
    let vae = try VAETests.vae()
    let training = try vae.training(on: data, optimizer: .sgd(rate: 1e30), batch: 20)
    let fault = fault { try training.step(10) }
    #expect(fault?.kind == .notFinite)
    #expect(try vae.encode(data).mean.values.count == 120)
  }

  @Test func refusedUpdatesLeadBack() throws {
    let training = try VAETests.vae().training(
      on: data, optimizer: .sgd(rate: 1e30), batch: 20,
      onRefusal: .rewind(factor: 1e-12, most: 3))
    let progress = try training.step(10)
    #expect(progress.update == 10 && progress.rewound > 0 && progress.skipped == 0)
    #expect(training.history.changes.count == progress.rewound)
    #expect(training.history.changes.first?.rate?.from == 1e30)
    #expect(progress.warning == nil)
  }

  @Test func settingsChangeBetweenUpdates() throws {
    let training = try training(VAETests.vae())
    try training.step(3)
    try training.set(
      rate: 0.5, schedule: .exponential(factor: 0.5, every: 1), clip: 2,
      objective: .elbo(samples: 2, beta: 3))
    let change = try #require(training.history.changes.first)
    #expect(change.update == 3 && change.rate?.from == 0.01 && change.rate?.to == 0.5)
    #expect(change.clip?.to == 2 && change.schedule != nil)
    try training.step(1)
    let history = training.history
    let value = history.reconstruction[3] - 3 * history.divergence[3]
    #expect((history.objective[3] - value).magnitude < 1e-4)
    #expect(fault { try training.set(rate: -1) }?.path == "rate")
    #expect(
      fault { try training.set(objective: .elbo(samples: 2, beta: -1)) }?.path == "objective.beta")
    #expect(fault { try training.set(objective: .elbo(samples: 1)) }?.path == "objective.samples")
    #expect(training.history.changes.count == 1)
  }
}
