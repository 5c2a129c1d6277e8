import Glibc
import JSON
import Layers
import Synchronization
import Tensors
import Testing

@testable import Variational

/// Properties of all evaluators: the same values for any number of threads and any other rows, and
/// they stop when asked.
@Suite struct EvaluatorTests {
  /// Returns 40 rows of a small model with every kind of layer that behaves differently in
  /// training.
  private func subject() throws -> (model: Model, data: TensorRows, rows: [UInt32]) {
    var spec = try ModelSpec(
      json: JSON(
        parsing:
          """
          {"shape": [6], "latent": 2,
           "encoder": [{"type": "dense", "units": 7}, {"type": "tanh"}, {"type": "dense"}],
           "decoder": [
             {"type": "dense", "units": 8}, {"type": "batchNorm"}, {"type": "tanh"},
             {"type": "dropout", "rate": 0.3},
             {"type": "residual", "layers": [{"type": "dense", "units": 8}, {"type": "tanh"}]},
             {"type": "dense"}],
           "likelihood": {"type": "bernoulli"}}
          """))
    spec.seed = 5
    let model = try Model(spec)
    // Running statistics that differ from those of an untrained layer.
    for index in model.state.specs.indices {
      var tensor = model.state.tensor(index)
      for i in tensor.values.indices { tensor.values[i] += 0.3 + 0.1 * Float(i) }
      model.state.assign(tensor, to: index)
    }
    let values = (0..<240).map { Float($0 * 37 % 11 < 5 ? 1 : 0) }
    let data = TensorRows(Tensor([40, 6], values), shape: [6])
    return (model, data, (0..<40).map { $0 })
  }

  /// d log p(x | z) / dz in evaluation mode compared with central differences; nothing in the model
  /// changes.
  @Test func slopeInTheLatentsIsThatOfTheEvaluatedFunction() throws {
    let (model, data, rows) = try subject()
    let before = (Array(model.parameters.all), Array(model.state.all))
    let density = try JointDensity(model, rows: 4, draws: 3)
    rows.withUnsafeBufferPointer { names in
      guard let names = names.baseAddress else { return }
      density.gather(names, rows: 4, of: data)
      for draw in 0..<12 {
        for i in 0..<2 { density.z[draw, i] = 0.37 * Float(draw) - 2 + 0.9 * Float(i) }
      }
      density.evaluate(names, rows: 4, draws: 3, scale: 1)
      let slopes = (0..<12).map { draw in (0..<2).map { Double(density.slope[draw, $0]) } }
      let step: Float = 1e-2
      for i in 0..<2 {
        func values(_ distance: Float) -> [Double] {
          for draw in 0..<12 { density.z[draw, i] += distance }
          density.evaluate(names, rows: 4, draws: 3)
          for draw in 0..<12 { density.z[draw, i] -= distance }
          return (0..<12).map { density.reconstruction[$0] }
        }
        let (above, below) = (values(step), values(-step))
        for draw in 0..<12 {
          let difference = (above[draw] - below[draw]) / Double(2 * step)
          #expect((difference - slopes[draw][i]).magnitude < 3e-3, "draw \(draw), latent \(i)")
        }
      }
    }
    #expect(Array(model.parameters.all) == before.0)
    #expect(Array(model.state.all) == before.1)
  }

  @Test func resultsDoNotDependOnThreadsOrCompany() throws {
    let (model, data, rows) = try subject()
    let annealing = AnnealedImportance(model, chains: 5, temperatures: 20, leapfrog: 3, seed: 2)
    let gaps = InferenceGap(model, samples: 30, steps: 20, rate: 0.05, seed: 2)
    func all(_ rows: [UInt32], threads: Int) throws -> [[Double]] {
      try withTeam(threads: threads) { team in
        let annealed = try annealing.logLikelihood(of: data, rows: rows, team: team)
        let gap = try gaps.measure(of: data, rows: rows, team: team)
        return [
          annealed.logLikelihood.perRow, annealed.effectiveSampleSize, gap.elbo.perRow,
          gap.bestELBO.perRow, gap.logLikelihood.perRow,
        ]
      }
    }
    let one = try all(rows, threads: 1)
    #expect(try all(rows, threads: 3) == one)
    let few: [UInt32] = [31, 7, 12]
    let picked = one.map { values in few.map { values[Int($0)] } }
    let alone = try all(few, threads: 2)
    // Products of fewer rows round differently.
    for (a, b) in zip(alone, picked) { #expect(a.distance(from: b) < 1e-6) }
  }

  @Test func bracketAndStatisticsDoNotDependOnThreads() throws {
    let (model, data, rows) = try subject()
    func all(threads: Int) throws -> [[Double]] {
      try withTeam(threads: threads) { team in
        let bracket = try AnnealedImportance(
          model, chains: 3, temperatures: 20, leapfrog: 3, seed: 2
        ).bracket(count: 20, team: team)
        let statistics = try LatentStatistics(
          model, of: data, rows: rows, samples: 3, seed: 2, team: team)
        return [
          bracket.lower.perRow, bracket.upper.perRow, statistics.divergence, statistics.activity,
          statistics.mutualInformation.perRow,
        ]
      }
    }
    #expect(try all(threads: 1) == all(threads: 3))
  }

  @Test func aStopIsSeenBetweenTemperatures() throws {
    let (model, data, rows) = try subject()
    let asked = Atomic(0)
    let fault = withTeam { team in
      #expect(throws: Fault.self) {
        // This many temperatures would take minutes.
        _ = try AnnealedImportance(model, chains: 100, temperatures: 100_000, leapfrog: 50, seed: 0)
          .logLikelihood(of: data, rows: rows, team: team) { () throws(Fault) in
            if asked.add(1, ordering: .relaxed).newValue > 20 { throw .cancelled }
          }
      }
    }
    #expect(fault?.kind == .cancelled)
    #expect(asked.load(ordering: .relaxed) > 20)
  }

  @Test func scheduleRisesFromZeroToOne() {
    #expect(AnnealedImportance.schedule(1) == [0, 1])
    let betas = AnnealedImportance.schedule(100)
    #expect(betas.count == 101 && betas[0] == 0 && betas[100] == 1)
    #expect(zip(betas, betas.dropFirst()).allSatisfy { $0 < $1 })
    #expect((betas[50] - 0.5).magnitude < 1e-12)
  }
}
