import Declarations
import JSON
import Layers
import References
import Tensors
import Testing

@testable import Variational

/// The homework's model on twenty digits with two samples each, compared with PyTorch for the same
/// parameters, data and noise.
@Suite struct HomeworkAgainstPyTorch {
  let reference: Reference
  let data: Rows
  let samples = 2

  init() throws {
    reference = try Reference("homework")
    data = Rows([196], try reference["input"].values)
  }

  private func model() throws -> Model {
    var spec = try spec(
      """
      {"shape": [196], "latent": 8, "likelihood": {"type": "bernoulli"},
       "encoder": [{"type": "dense", "units": 128}, {"type": "tanh"}, {"type": "dense"}],
       "decoder": [{"type": "dense", "units": 128}, {"type": "tanh"}, {"type": "dense"},
         {"type": "sigmoid"}]}
      """)
    let posterior = ReferencePosterior(noise: try reference["noise"], seed: 0, updates: 0...5)
    spec.posterior = Choice<PosteriorKind>(posterior) { $0 }
    let model = try Model(spec)
    try model.assign(reference.under("before."), at: "")
    #expect(reference.under("before.").count == model.parameters.specs.count)
    return model
  }

  @Test func everyIntermediateNumber() throws {
    let model = try model()
    let count = data.count
    let workspace = try Workspace(model, rows: count, samples: samples, isTraining: false)
    let (mean, logVariance) = (try reference["mean"], try reference["logVariance"])
    try data.all.withUnsafeBufferPointer { names in
      let names = try #require(names.baseAddress)
      let shard = Shard(
        names: names, rows: count, update: 0, seed: 0)
      data.gather(names, into: workspace.x, update: 0)
      let h = workspace.encode(shard)
      workspace.drawLatents(shard, samples: samples, isAnalytic: true)
      workspace.reconstruct(shard, samples: samples)
      let logits = workspace.decoder.output(count * samples)
      /// The engine groups samples by example, the reference groups examples by sample.
      func bySample(_ values: (Int) -> [Double]) -> [Double] {
        (0..<samples).flatMap { sample in
          (0..<count).flatMap { values($0 * samples + sample) }
        }
      }
      func row(_ block: Block, _ row: Int) -> [Double] {
        (0..<block.columns).map { Double(block[row, $0]) }
      }
      let terms = workspace.terms
      for deviation in [
        Deviation(
          "mean", (0..<count).flatMap { row(h.columns(0..<8), $0) }, mean.values, .product),
        Deviation(
          "logVariance", (0..<count).flatMap { row(h.columns(8..<16), $0) }, logVariance.values,
          .product),
        Deviation(
          "latent", bySample { row(workspace.z, $0) }, try reference["latent"].values, .product),
        Deviation(
          "logits", bySample { row(logits, $0) }, try reference["logits"].values, .product),
        Deviation(
          "reconstruction", bySample { [terms.reconstruction[$0]] },
          try reference["reconstruction"].values, .activation),
        Deviation(
          "divergence", (0..<count).map { terms.divergence[$0] },
          try reference["divergence"].values, .activation),
      ] { #expect(deviation.isTolerated, "\(deviation)") }
    }
  }

  @Test func theBoundAndItsTerms() throws {
    let model = try model()
    let bound = try withTeam(1) { team in
      try Evaluation(model, samples: samples, seed: 0).bound(of: data, rows: data.all, team: team)
    }
    for (name, got) in [
      ("elbo", bound.elbo), ("reconstruction", bound.reconstruction),
      ("divergence", bound.divergence),
    ] {
      let deviation = Deviation(name, [got.mean], [try reference.number(name)], .activation)
      #expect(deviation.isTolerated, "\(deviation)")
    }
  }

  @Test(arguments: [1, 2, 3], [false, true])
  func everyGradient(threads: Int, isBinary: Bool) throws {
    let model = try model()
    var data = data
    data.isBinary = isBinary
    let objective = try objective(#"{"type": "elbo", "samples": 2}"#)
    let gradient = try Gradient(model, objective, batch: data.count)
    let got = gradient.run(data.all, of: data, threads: threads)
    let deviation = Deviation(
      "elbo", [got.means.objective], [try reference.number("elbo")], .activation)
    #expect(deviation.isTolerated, "\(deviation)")
    for (index, spec) in model.parameters.specs.enumerated() {
      // The engine's gradient is that of the objective, the reference's that of the loss.
      let expected = try reference["gradient.\(spec.name)"].values.map { -$0 }
      let deviation = Deviation(spec.name, got.gradients[index], expected, .product)
      #expect(deviation.isTolerated, "\(deviation)")
    }
  }

  @Test(arguments: [false, true])
  func fiveUpdatesOfAdam(isBinary: Bool) throws {
    let model = try model()
    var data = data
    data.isBinary = isBinary
    let trainer = try Trainer(
      try trainerSpec(
        """
        {"objective": {"type": "elbo", "samples": 2}, "batch": 20, "seed": 0,
         "optimizer": {"type": "adam", "rate": 0.001}}
        """), model: model, data: data, rows: data.all)
    try withTeam(2) { team in for _ in 0..<5 { try trainer.step(team) } }
    let losses = try [Double](json: try #require(reference.scalars["lossesOfFiveUpdates"]))
    let deviation = Deviation(
      "losses", trainer.history.objective.map { -$0 }, losses, .activation)
    #expect(deviation.isTolerated, "\(deviation)")
    for (index, spec) in model.parameters.specs.enumerated() {
      let deviation = Deviation(
        spec.name, model.parameters.tensor(index).values,
        try reference["after5.\(spec.name)"].values, .product)
      #expect(deviation.isTolerated, "\(deviation)")
    }
  }
}
