import DataSources
import JSON
import Synchronization
import Tensors
import TestSupport
import Testing

@testable import Variational

/// Any number of processes evaluates to the last bit what one does; threads stand for processes.
@Suite struct SharedEvaluationTests {
  private static func subject() throws -> (model: Model, data: VariationalTests.Rows) {
    let spec = try spec(Small.plain)
    return (try Model(spec), Rows(binary: 75, spec.shape))
  }

  private static func evaluate(
    _ ranks: Ranks?, threads: Int, isDistributed: Bool = false
  ) throws -> [[Double]] {
    let (model, rows) = try subject()
    var data: any Examples = rows
    if isDistributed, let ranks { data = try DataSet.distributed(rows, among: ranks) }
    let all = rows.all
    let annealing = AnnealedImportance(model, chains: 3, temperatures: 10, leapfrog: 2, seed: 2)
    return try withTeam(threads) { team in
      team.ranks = ranks
      let evaluation = Evaluation(model, samples: 300, seed: 4)
      let bound = try evaluation.bound(of: data, rows: all, byLatent: 70, team: team)
      let importance = try evaluation.logLikelihood(of: data, rows: all, team: team)
      let annealed = try annealing.logLikelihood(of: data, rows: all, team: team)
      let gap = try InferenceGap(model, samples: 30, steps: 5, rate: 0.05, seed: 2)
        .measure(of: data, rows: all, team: team)
      let bracket = try annealing.bracket(count: 20, team: team)
      let statistics = try LatentStatistics(
        model, of: data, rows: all, samples: 3, seed: 2, team: team)
      return [
        bound.elbo.perRow, bound.reconstruction.perRow, bound.byLatent,
        importance.logLikelihood.perRow, importance.effectiveSampleSize,
        importance.tailIndex ?? [], annealed.logLikelihood.perRow, [annealed.acceptance],
        gap.elbo.perRow, gap.bestELBO.perRow, gap.logLikelihood.perRow, bracket.lower.perRow,
        bracket.upper.perRow, statistics.divergence, statistics.activity,
        statistics.mutualInformation.perRow,
      ]
    }
  }

  @Test func sameValuesForAnyNumberOfProcesses() throws {
    let alone = try Self.evaluate(nil, threads: 1)
    #expect(alone.allSatisfy { !$0.isEmpty })
    for count in [1, 2, 3, 8] {
      let shared = try ThreadRanks.run(count) {
        try Self.evaluate($0, threads: 1 + $0.rank % 2)
      }
      #expect(shared.allSatisfy { $0 == alone }, "\(count) processes")
      let distributed = try ThreadRanks.run(count) {
        try Self.evaluate($0, threads: 1 + $0.rank % 2, isDistributed: true)
      }
      #expect(distributed.allSatisfy { $0 == alone }, "\(count) processes")
    }
  }

  /// Each process computes its share only.
  @Test func theRowsAreDivided() throws {
    let rows = try ThreadRanks.run(3) { ranks in
      let calls = Atomic(0)
      try withTeam(1) { team in
        team.ranks = ranks
        try ShardCut(rows: 3000, draws: 256).run(team, {}) { _, _ in
          []
        } _: {
        } _: { _, range in
          calls.add(range.count, ordering: .relaxed)
        }
      }
      return calls.load(ordering: .relaxed)
    }
    #expect(rows == [1000, 1000, 1000])
  }

  /// A cancel of one process, or an error, is one of all; the others name where it came from.
  @Test(arguments: [Fault.cancelled, Fault(.memory, "no room")])
  func aFaultOfOneIsAFaultOfAll(reason: Fault) throws {
    let faults = try ThreadRanks.run(3) { ranks in
      let (model, data) = try Self.subject()
      return withTeam(1) { team in
        team.ranks = ranks
        return fault {
          _ = try Evaluation(model, samples: 2, seed: 4)
            .bound(of: data, rows: data.all, team: team) { () throws(Fault) in
              if ranks.rank == 1 { throw reason }
            }
        }
      }
    }
    #expect(faults[1]?.kind == reason.kind)
    for rank in [0, 2] {
      #expect(faults[rank]?.kind == (reason.kind == .cancelled ? .cancelled : .rank))
      #expect(reason.kind == .cancelled || faults[rank]?.message == "rank 1: no room")
    }
  }
}
