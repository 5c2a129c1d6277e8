import JSON
import Layers
import Tensors
import TestSupport
import Testing

@testable import Variational

/// Single latents that say nothing about the rows of a validation.
@Suite struct DeadLatentWarnings {
  private let data = Rows(binary: 300, [9])

  private func trainer(
    _ model: Model, _ options: String = "", every: Int? = 100
  ) throws -> Trainer {
    try Trainer(
      try trainerSpec(
        #"{"batch": 20, "optimizer": {"type": "adam", "rate": 0.001}\#(options)}"#),
      model: model, data: data, rows: data.all,
      validation: every.map {
        Trainer.Validation(data: data, rows: data.all, every: $0, samples: 1)
      })
  }

  private func train(_ trainer: Trainer, to update: Int, threads: Int = 1) throws {
    try withTeam(threads) { team in while trainer.update < update { try trainer.step(team) } }
  }

  @Test func wordsNameTheLatents() throws {
    func told(_ divergences: [Double], at update: Int = 500, warmUpEnd: Int = 0) -> String? {
      DeadLatents(divergences, at: update, warmUpEnd: warmUpEnd)?
        .warning(of: divergences.count)
    }
    let two = try #require(told([1, 0.5, 0.02, 0.0099, 2, 1e-6, 3, 0.01]))
    #expect(
      two.hasPrefix(
        "latents 3, 5 of 8 had KL(q(z|x) || p(z)) below 0.01 nats at the validation of update 500"))
    #expect(told([1, 0])?.hasPrefix("latent 1 of 2 had") == true)
    let many = told([1] + [Double](repeating: 0, count: 20))
    #expect(many?.hasPrefix("latents 1, 2, 3, 4, 5, 6, 7, 8, …: 20 of 21 had") == true)
    #expect(told([1, 0.01]) == nil && told([]) == nil)
    // A latent has time to come to life.
    #expect(told([1, 0], at: 499) == nil)
    #expect(told([1, 0], at: 600, warmUpEnd: 101) == nil)
    #expect(told([1, 0], at: 601, warmUpEnd: 101) != nil)
    #expect(told([1, 0], at: 10, warmUpEnd: .max) == nil)
  }

  /// The divergences are those of `LatentStatistics`, whatever the number of threads, and the bound
  /// is the same with and without them.
  @Test func divergencesAreThoseOfEachLatent() throws {
    let model = try Small.model("plain")
    try train(try trainer(model, every: nil), to: 50)
    let evaluation = Evaluation(model, samples: 2, seed: 1)
    let rows = Array(data.all[..<100])
    let bounds = try [1, 2].map { threads in
      try withTeam(threads) { team in
        try evaluation.bound(of: data, rows: data.all, byLatent: 100, team: team)
      }
    }
    try withTeam(2) { team in
      let statistics = try LatentStatistics(
        model, of: data, rows: rows, samples: 1, seed: 1, team: team)
      #expect(bounds[0].byLatent.count == model.spec.latent)
      for (a, b) in zip(bounds[0].byLatent, statistics.divergence) {
        #expect(abs(a - b) < 1e-5 * max(1, b), "\(a) \(b)")
      }
      let plain = try evaluation.bound(of: data, rows: data.all, team: team)
      #expect(plain.byLatent.isEmpty && plain.elbo.perRow == bounds[0].elbo.perRow)
    }
    #expect(bounds[0].byLatent == bounds[1].byLatent)
  }

  /// A latent that the encoder ignores is named; it is in the file, and ends with another
  /// objective. Going back to before the validation ends it, too.
  @Test func aLatentThatIsIgnoredIsNamed() throws {
    let model = try Model(
      spec(
        #"{"shape": [9], "latent": 3, "likelihood": {"type": "bernoulli"}, "encoder": [{"type": "dense"}], "decoder": [{"type": "dense"}]}"#
      ))
    // The first latent keeps a mean of 2, which the rate of zero does not change.
    var bias = model.parameters.tensor(1)
    bias.values[0] = 2
    model.parameters.assign(bias, to: 1)
    var weight = model.parameters.tensor(0)
    for place in weight.values.indices { weight.values[place] = 0 }
    model.parameters.assign(weight, to: 0)
    let trainer = try trainer(model)
    try trainer.adjust(#"{"rate": 0}"#)
    try train(trainer, to: 499)
    #expect(trainer.warning == nil)
    try train(trainer, to: 500)
    #expect(trainer.warning?.hasPrefix("latents 1, 2 of 3 had") == true, "\(trainer.warning ?? "")")
    #expect(try trainer.reloaded(of: data).warning == trainer.warning)
    try trainer.adjust(#"{"objective": {"type": "elbo", "beta": 0.5}}"#)
    #expect(trainer.warning == nil)
    try train(trainer, to: 600)
    #expect(trainer.warning?.contains("update 600") == true)
  }

  /// Only a diagonal Gaussian posterior and a standard normal prior have such divergences.
  @Test(arguments: Small.names) func othersHaveNone(name: String) throws {
    let model = try Small.model(name)
    try withTeam(1) { team in
      let bound = try Evaluation(model, samples: 1, seed: 1)
        .bound(of: data, rows: data.all, byLatent: 9, team: team)
      let isDefined = model.posterior.isDiagonalGaussian && model.prior.isStandardNormal
      #expect(bound.byLatent.count == (isDefined ? model.spec.latent : 0))
      // Asking for the divergences of no row.
      let none = try Evaluation(model, samples: 1, seed: 1)
        .bound(of: data, rows: data.all, byLatent: 0, team: team)
      #expect(none.byLatent.isEmpty)
    }
  }

  @Test(arguments: [[3], [-1], [1, 1], [2, 1], []])
  func aFileThatNamesOthersIsRefused(latents: [Int]) throws {
    var history = History()
    history.validation.update = [500]
    #expect(
      fault { _ = try DeadLatents(latents, history, latent: 3, path: "f") }?.kind == .badFile)
    let known = try DeadLatents([0, 2], history, latent: 3, path: "f")
    #expect(known?.latents == [0, 2] && known?.update == 500)
    #expect(try DeadLatents([0], History(), latent: 3, path: "f") == nil)
    #expect(try DeadLatents(nil, history, latent: 3, path: "f") == nil)
  }
}
