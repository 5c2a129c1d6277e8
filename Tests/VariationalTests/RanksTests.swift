import DataSources
import JSON
import Layers
import Tensors
import TestSupport
import Testing

@testable import Variational

/// Any number of processes makes the same updates to the last bit; threads stand for processes.
@Suite struct RanksTests {
  private struct Run: Sendable, Equatable {
    var hash: String
    var bounds: [Double]
  }

  private struct Case {
    var model = Small.plain
    var objective: String
    var batch: Int
    var areWeighted = false
    /// Further settings of the trainer.
    var settings = ""
  }

  /// Models with what is most entangled: layers and objectives that meet at seams, a prior that
  /// encodes rows of its own, noise, averages, and more shards than lanes; and rows that have
  /// weights, are drawn more than once, or are changed at random.
  private static let cases: [Case] = [
    Case(objective: #"{"type": "elbo"}"#, batch: 50),
    Case(objective: #"{"type": "elbo", "samples": 5}"#, batch: 601),
    Case(objective: #"{"type": "importance", "samples": 7}"#, batch: 300),
    Case(model: Small.coupled, objective: #"{"type": "elbo", "samples": 2}"#, batch: 700),
    Case(model: Small.nested, objective: #"{"type": "elbo"}"#, batch: 64),
    Case(model: Small.conditionalImages, objective: #"{"type": "elbo"}"#, batch: 37),
    Case(objective: #"{"type": "totalCorrelation", "samples": 2}"#, batch: 300),
    Case(model: Small.coupled, objective: #"{"type": "totalCorrelation"}"#, batch: 40),
    Case(objective: #"{"type": "maximumMeanDiscrepancy"}"#, batch: 300),
    Case(
      model: Small.plain.replacing(
        "\"seed\": 3", with: #""seed": 3, "prior": {"type": "vamp", "components": 6}"#),
      objective: #"{"type": "elbo"}"#, batch: 300),
    Case(objective: #"{"type": "elbo"}"#, batch: 300, areWeighted: true, settings: uneven),
    Case(
      objective: #"{"type": "importance", "samples": 7}"#, batch: 90, areWeighted: true,
      settings: uneven),
    Case(
      model: Small.coupled, objective: #"{"type": "elbo"}"#, batch: 300, areWeighted: true,
      settings: uneven),
  ]

  private static let uneven =
    #", "balance": true, "augment": [{"type": "noise", "probability": 0.1}]"#

  /// The rows are those of a data set if `isSet`, of which each of `ranks` has a share.
  private static func trainer(
    _ number: Int, isSet: Bool = false, ranks: Ranks? = nil
  ) throws -> Trainer {
    let (found, batch) = (cases[number], cases[number].batch)
    let spec = try spec(found.model)
    var rows = Rows(binary: 2 * batch - 11, spec.shape)
    if found.areWeighted { rows.weights = (0..<rows.count).map { Float($0 % 5) / 2 } }
    var data: any Examples = rows
    if isSet { data = try DataSet.distributed(rows, among: ranks) }
    return try Trainer(
      trainerSpec(
        """
        {"objective": \(found.objective), "batch": \(batch), "seed": 11, "clip": 3,
         "averaging": {"decay": 0.9}, "optimizer": {"type": "adam", "rate": 0.01}
         \(found.settings)}
        """),
      model: Model(spec), data: data, rows: rows.all,
      validation: Trainer.Validation(data: data, rows: rows.all, every: 2, samples: 2))
  }

  private static func train(
    _ number: Int, updates: Int, threads: Int, ranks: Ranks?, isSet: Bool = false
  ) throws -> Run {
    let trainer = try trainer(number, isSet: isSet, ranks: ranks)
    return try withTeam(threads) { team in
      team.ranks = ranks
      for _ in 0..<updates { try trainer.step(team) }
      return Run(hash: try trainer.stateHash(), bounds: trainer.history.validation.reconstruction)
    }
  }

  @Test(arguments: cases.indices) func sameStateForAnyNumberOfProcesses(number: Int) throws {
    let updates = 6
    let alone = try Self.train(number, updates: updates, threads: 1, ranks: nil)
    for count in [1, 2, 3, 4, 8] {
      let runs = try ThreadRanks.run(count) { ranks in
        try Self.train(number, updates: updates, threads: 1 + ranks.rank % 2, ranks: ranks)
      }
      #expect(runs.allSatisfy { $0 == alone }, "\(Self.cases[number]), \(count) processes")
    }
  }

  @Test(arguments: cases.indices) func sameStateWithDistributedRows(number: Int) throws {
    let alone = try Self.train(number, updates: 4, threads: 1, ranks: nil, isSet: true)
    for count in [2, 3] {
      let runs = try ThreadRanks.run(count) { ranks in
        try Self.train(
          number, updates: 4, threads: 1 + ranks.rank % 2, ranks: ranks, isSet: true)
      }
      #expect(runs.allSatisfy { $0 == alone }, "\(Self.cases[number]), \(count) processes")
    }
  }

  /// Every registered posterior, prior, likelihood and objective.
  @Test func sameGradientForEveryPart() throws {
    for number in RandomModel.parts.indices {
      let alone = try Self.gradient(number, nil)
      let shared = try ThreadRanks.run(3) { try Self.gradient(number, $0) }
      // NaN equals itself here.
      #expect(
        shared.allSatisfy { $0.map(\.bitPattern) == alone.map(\.bitPattern) },
        "\(RandomModel.parts[number])")
    }
  }

  private static func gradient(_ number: Int, _ ranks: Ranks?) throws -> [Float] {
    let random = try RandomModel(number)
    let rows = random.data.all
    let gradient = try Gradient(
      random.model, VariationalTests.objective(random.objective), batch: rows.count)
    return try withTeam(1) { team in
      team.ranks = ranks
      let (means, squares) = try rows.withUnsafeBufferPointer { rows in
        try gradient.compute(rows, of: random.data, update: 3, seed: 5, team: team)
      }
      return gradient.sum.specs.indices.flatMap { gradient.sum.tensor($0).values }
        + [Float(means.objective), Float(squares)]
    }
  }

  /// A stop on one process cancels the update of all, which then goes on as if nothing had been.
  @Test(arguments: [0, 3, 6, 11]) func aStopOfOneIsAStopOfAll(number: Int) throws {
    let alone = try Self.train(number, updates: 2, threads: 1, ranks: nil)
    let runs = try ThreadRanks.run(3) { ranks in
      let trainer = try Self.trainer(number)
      return try withTeam(1) { team in
        team.ranks = ranks
        try trainer.step(team)
        let stop = StopFlag()
        if ranks.rank == 1 { stop.raise() }
        let fault = fault { try trainer.step(team, stop: stop) }
        try trainer.step(team)
        return (fault?.kind, try trainer.stateHash())
      }
    }
    for run in runs { #expect(run.0 == .cancelled && run.1 == alone.hash) }
  }

  @Test func sharesCoverEverythingOnce() throws {
    for count in [1, 2, 3, 8] {
      let shares = try ThreadRanks.run(count) { ranks in
        (0..<20).map { total in (0..<count).map { ranks.share(of: total, for: $0) } }
      }
      let owners = try ThreadRanks.run(count) { ranks in
        (0..<20).map { total in (0..<total).map { ranks.owner(of: $0, among: total) } }
      }
      for total in 0..<20 {
        #expect(shares[0][total].flatMap { Array($0) } == Array(0..<total))
        for (index, owner) in owners[0][total].enumerated() {
          #expect(shares[0][total][owner].contains(index))
        }
      }
    }
  }
}

extension DataSet {
  /// Returns these rows, of which each process has a share; one process alone has them all.
  static func distributed(_ rows: VariationalTests.Rows, among ranks: Ranks?) throws -> DataSet {
    var own = try DataSources.Rows(.floats(rows.values), rows.shape, labels: rows.labels)
    own.weights = rows.weights
    let set = try DataSet(own)
    return try ranks.map { try set.distributed(among: $0, $0.numberOfRows()) } ?? set
  }
}
