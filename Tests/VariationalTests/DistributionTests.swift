import CAllocations
import Conformance
import DataSources
import Declarations
import Glibc
import JSON
import Layers
import References
import Tensors
import Testing

@testable import Variational

/// A posterior and a prior in one model.
struct Pairing: CustomTestStringConvertible, Sendable {
  let posterior: String
  let prior: String
  var testDescription: String { "\(posterior) with \(prior)" }

  /// Every registered posterior with the standard normal, and every registered prior with each
  /// posterior that it supports.
  static let all = PosteriorKind.examples.flatMap { posterior in
    PriorKind.examples.map { Pairing(posterior: posterior, prior: $0) }
  }.filter { (try? $0.model(Small.plain)) != nil }

  func spec(_ text: String) throws -> ModelSpec {
    var spec = try VariationalTests.spec(text)
    spec.posterior = try Choice(json: JSON(parsing: posterior))
    spec.prior = try Choice(json: JSON(parsing: prior))
    return spec
  }

  func model(_ text: String) throws -> Model { try Model(spec(text)) }
}

/// Properties of models of every registered posterior with every registered prior: a new one needs
/// no addition here.
@Suite struct EveryPairing {
  private static let objectives = [
    #"{"type": "elbo"}"#, #"{"type": "elbo", "samples": 2, "beta": 1.5, "sampled": true}"#,
    #"{"type": "importance", "samples": 3}"#, #"{"type": "renyi", "samples": 2, "alpha": 0.5}"#,
  ]

  @Test(arguments: Pairing.all, objectives)
  func gradientIsThatOfCentralDifferences(pairing: Pairing, objective: String) throws {
    let model = try pairing.model(Small.plain.replacing("relu", with: "tanh"))
    try checkGradient(model, Rows(binary: 15, [9]), objective, pairing.testDescription)
  }

  @Test(arguments: Pairing.all)
  func namesAndNumbers(pairing: Pairing) throws {
    let model = try pairing.model(Small.plain)
    let names = model.parameters.specs.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names[model.posteriorParameters].allSatisfy { $0.hasPrefix("posterior.") })
    #expect(names[model.priorParameters].allSatisfy { $0.hasPrefix("prior.") })
    #expect(names[model.encoderParameters].allSatisfy { $0.hasPrefix("encoder.") })
    #expect(names[model.decoderParameters].allSatisfy { $0.hasPrefix("decoder.") })
    // The first two stacks have the same parameters as the plain model; new ones come after them.
    let plain = try Small.model("plain")
    let shared = model.decoderParameters.map { model.parameters.tensor($0) }
    #expect(shared == plain.decoderParameters.map { plain.parameters.tensor($0) })
    // The decoder's last bias is set to the data's mean, whatever other biases there are.
    let before = model.numbers
    model.fitFirstWeights(mean: [Double](repeating: 0.25, count: 9))
    let changed = model.parameters.specs.indices.filter {
      model.parameters.tensor($0).values != before[$0]
    }
    #expect(changed == [model.decoderParameters.upperBound - 1])
  }

  /// The numbers are the same to the bit for any number of threads and any estimator; training
  /// changes all of them.
  @Test(
    arguments: Pairing.all,
    [
      #"{"type": "elbo"}"#,
      #"{"type": "importance", "samples": 3, "estimator": "doublyReparameterized"}"#,
      #"{"type": "importance", "samples": 3, "estimator": "stickTheLanding"}"#,
    ])
  func threadsMakeNoDifference(pairing: Pairing, objective: String) throws {
    let data = Rows(binary: 120, [9])
    let numbers = try [1, 2, 3].map { threads in
      let model = try pairing.model(Small.plain)
      let before = model.numbers
      let trainer = try Trainer(
        try trainerSpec(#"{"objective": \#(objective), "batch": 50}"#), model: model, data: data,
        rows: data.all)
      try withTeam(threads) { team in for _ in 0..<7 { try trainer.step(team) } }
      for (index, spec) in model.parameters.specs.enumerated() {
        #expect(model.parameters.tensor(index).values != before[index], "\(spec.name) stands still")
      }
      return trainer.numbers
    }
    #expect(numbers[0] == numbers[1] && numbers[0] == numbers[2])
  }

  /// The division of a batch does not matter; there are more shards than lanes.
  @Test(arguments: Pairing.all)
  func shardsAddUp(pairing: Pairing) throws {
    let model = try pairing.model(Small.plain)
    let data = Rows(binary: 601, [9])
    try checkShardsAddUp(
      model, data, #"{"type": "importance", "samples": 5, "estimator": "doublyReparameterized"}"#,
      .largest(1e-3))
  }

  @Test(arguments: Pairing.all)
  func isSavedAndCopied(pairing: Pairing) throws {
    let model = try pairing.model(Small.plain)
    for index in model.parameters.specs.indices { model.parameters.move(index) }
    let again = try Model(model.file(), path: "model")
    #expect(again.numbers == model.numbers && again.spec.json == model.spec.json)
    let copy = try Model(copying: model)
    #expect(copy.numbers == model.numbers)
    let data = Rows(binary: 4, [9])
    let bounds = try withTeam(1) { team in
      try [model, again, copy].map {
        try Evaluation($0, samples: 3, seed: 1).bound(of: data, rows: data.all, team: team).elbo
          .perRow
      }
    }
    #expect(bounds[0] == bounds[1] && bounds[0] == bounds[2])
    #expect(bounds[0].allSatisfy { $0.isFinite })
  }

  @Test(
    .enabled(if: allocations_are_counted() != 0, "a sanitizer has malloc to itself"),
    arguments: Pairing.all)
  func nothingIsAllocatedInAnUpdate(pairing: Pairing) throws {
    let model = try pairing.model(Small.plain)
    let data = Rows(binary: 100, [9])
    for objective in ["elbo", "importance"] {
      let trainer = try Trainer(
        try trainerSpec(#"{"objective": {"type": "\#(objective)"}, "batch": 50}"#), model: model,
        data: data, rows: data.all)
      try withTeam(1) { team in
        for _ in 0..<4 { try trainer.step(team) }
        try trainer.reserve(20)
        let before = allocations_of_this_thread()
        for _ in 0..<10 { try trainer.step(team) }
        #expect(allocations_of_this_thread() == before)
      }
    }
  }

  /// Evaluators agree about log p(x), through the posterior and through the prior.
  @Test(arguments: Pairing.all)
  func evaluatorsAgree(pairing: Pairing) throws {
    var spec = try pairing.spec(Small.plain)
    spec.latent = 2
    let model = try Model(spec)
    for index in model.parameters.specs.indices { model.parameters.move(index, by: 0.2) }
    let data = Rows(binary: 3, [9])
    try withTeam(2) { team in
      let weighted = try Evaluation(model, samples: 20_000, seed: 1).logLikelihood(
        of: data, rows: data.all, team: team
      ).logLikelihood
      let annealed = try AnnealedImportance(
        model, chains: 64, temperatures: 60, leapfrog: 4, seed: 2
      ).logLikelihood(of: data, rows: data.all, team: team)
      let errors = [weighted, annealed.logLikelihood].map { $0.monteCarloError ?? .nan }
      #expect(errors.allSatisfy { $0 < 0.05 })
      let gap = weighted.mean - annealed.logLikelihood.mean
      #expect(gap.magnitude < 4.5 * (errors[0] + errors[1]), "\(gap) with errors of \(errors)")
      #expect(annealed.acceptance > 0.3)
      let gaps = try InferenceGap(model, samples: 200, steps: 60, rate: 0.03, seed: 3).measure(
        of: data, rows: data.all, team: team)
      let error = (gaps.amortization.monteCarloError ?? .nan) + errors[0]
      #expect(gaps.amortization.mean > -4.5 * error)
      #expect(gaps.unimproved < data.count, "a fit that is thrown away on every row is none")
      #expect((gaps.logLikelihood.mean - weighted.mean).magnitude < 0.2)
      #expect(gaps.bestELBO.mean < weighted.mean + 4.5 * error)
    }
  }

  @Test(arguments: Pairing.all)
  func queriesAreFinite(pairing: Pairing) throws {
    let model = try pairing.model(Small.plain)
    let data = Rows(binary: 5, [9])
    let (mean, deviation, latent) = try model.encode(data, rows: data.all, samples: 400, seed: 1)
    let draws = try #require(latent)
    for entry in mean.values.indices {
      var moments = Moments()
      for sample in 0..<400 { moments.add(Double(draws.values[sample * 15 + entry])) }
      let error = moments.varianceOfMean.squareRoot()
      #expect((moments.mean - Double(mean.values[entry])).magnitude < 6 * error)
      let ratio = moments.variance.squareRoot() / Double(deviation.values[entry])
      #expect((ratio - 1).magnitude < 0.3)
    }
    let output = try model.reconstruct(data, rows: data.all, seed: 1, usesMean: true).output.values
    #expect(output.allSatisfy { $0.isFinite })
  }

  /// For digits drawn by the engine, 300 updates raise the ELBO far above its start.
  @Test(arguments: Pairing.all)
  func trainingLiftsTheBound(pairing: Pairing) throws {
    let data = try DataSet.load(
      Choice<SourceKind>(json: JSON(parsing: #"{"type": "strokes", "count": 400}"#)),
      [Choice<TransformKind>](
        json: JSON(
          parsing: #"[{"type": "subsample", "factor": 4}, {"type": "binarize", "threshold": 128}]"#
        )), nil)
    var spec = try pairing.spec(Small.plain)
    spec.shape = data.shape
    spec.latent = 4
    let model = try Model(spec)
    let rows = (0..<UInt32(data.count)).map { $0 }
    let trainer = try Trainer(
      try trainerSpec(#"{"optimizer": {"type": "adam", "rate": 0.01}, "batch": 50}"#),
      model: model, data: data, rows: rows)
    func bound(_ team: Team) throws -> Double {
      try Evaluation(model, samples: 4, seed: 5).bound(of: data, rows: rows, team: team).elbo.mean
    }
    try withTeam(2) { team in
      let before = try bound(team)
      for _ in 0..<300 { try trainer.step(team) }
      let after = try bound(team)
      #expect(after > before + 8 && after > -20, "\(before) became \(after)")
    }
  }
}

/// Combinations that are refused, by the name of the member.
@Suite struct DistributionsThatCannotBeHad {
  @Test(arguments: [
    (#"{"type": "mixture", "components": 0}"#, "components"),
    (#"{"type": "mixture", "component": 3}"#, "component"),
  ])
  func priors(text: String, path: String) throws {
    let fault = try #require(throws: Fault.self) {
      try Pairing(posterior: #"{"type": "gaussian"}"#, prior: text).model(Small.plain)
    }
    #expect(fault.kind == .params && fault.path.hasSuffix(path), "\(fault)")
    #expect(fault.expected != nil)
  }

  /// A part registered by another program may have the wrong number of latents.
  @Test func aPriorOfAnotherDimension() throws {
    var spec = try spec(Small.plain)
    spec.prior = Choice<PriorKind>(Narrow()) { $0 }
    let fault = try #require(throws: Fault.self) { try Model(spec) }
    #expect(fault.kind == .shape && fault.path == "prior")
    #expect(fault.got == "2 and 3")
  }

  private struct Narrow: PriorModule {
    static let type = "narrow"
    static let summary = "A standard normal of one latent less."
    static let fields: [Field<Narrow>] = []
    func prior(_ setting: PriorSetting) throws(Fault) -> any Prior {
      StandardNormal().prior(
        PriorSetting(
          latent: setting.latent - 1, posterior: setting.posterior, encoder: setting.encoder))
    }
  }

  /// Objectives that consider single latents, or draws from a prior that learns.
  @Test(arguments: [
    (#"{"type": "totalCorrelation"}"#, #"{"type": "fullGaussian"}"#, ""),
    (#"{"type": "elbo", "freeBits": 1}"#, #"{"type": "fullGaussian"}"#, ".freeBits"),
    (#"{"type": "totalCorrelation"}"#, #"{"type": "flow"}"#, ""),
    (#"{"type": "elbo", "freeBits": 1}"#, #"{"type": "flow", "kind": "planar"}"#, ".freeBits"),
    (#"{"type": "maximumMeanDiscrepancy"}"#, #"{"type": "gaussian"}"#, ""),
  ])
  func objectives(objective: String, posterior: String, path: String) throws {
    let model = try Pairing(posterior: posterior, prior: #"{"type": "mixture"}"#).model(Small.plain)
    var spec = TrainerSpec()
    spec.objective = try Choice(json: JSON(parsing: objective))
    let fault = try #require(throws: Fault.self) {
      try spec.check(model, rows: 50, isValidated: false)
    }
    #expect(fault.kind == .params && fault.path == "objective\(path)", "\(fault)")
    #expect(fault.expected != nil && fault.got != nil)
  }
}
