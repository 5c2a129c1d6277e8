import Tensors
import Testing

@testable import Bench

/// The parts of an update, and their replay on other numbers of threads.
@Suite struct UpdateTimelineTests {
  /// Updates of two runs: 1 s alone, four lanes of 4, 3, 2 and 1 s on one thread, and 2 s of one
  /// lane.
  private var runs: [Timeline.Run] {
    var (runs, now) = ([Timeline.Run](), 0.0)
    func lanes(_ seconds: [Double]) -> [Timeline.Span] {
      seconds.map { seconds in
        now += seconds
        return Timeline.Span(began: now - seconds, ended: now)
      }
    }
    for update in 0..<6 {
      now += 1
      // The last batch of an epoch has fewer rows, and so fewer lanes.
      for (phase, seconds) in [("passes", [4, 3, 2, 1.0]), ("optimizer", [2.0])] {
        let began = now
        let spans = lanes(update == 3 ? [1] : seconds)
        runs.append(
          Timeline.Run(phase: phase, span: .init(began: began, ended: now), lanes: spans))
      }
    }
    return runs
  }

  @Test func partsAreMedians() throws {
    let timeline = try #require(UpdateTimeline(runs, threads: 1))
    #expect(timeline.parts.map(\.phase) == ["passes", "optimizer"])
    #expect(timeline.parts.map(\.lanes) == [[4, 3, 2, 1], [2]])
    #expect(timeline.parts.map(\.before) == [1, 0] && timeline.update == 13)
  }

  @Test(arguments: [(1, 13.0), (2, 9.25), (3, 8.25), (4, 7.25), (16, 7.25)])
  func aReplayDealsLanesInTurn(workers: Int, seconds: Double) throws {
    let timeline = try #require(UpdateTimeline(runs, threads: 1))
    #expect(timeline.replayed(on: workers, meeting: 0.25) == seconds)
  }

  @Test func withoutAWholeUpdateThereIsNone() {
    #expect(UpdateTimeline([], threads: 1) == nil)
    #expect(UpdateTimeline(Array(runs.prefix(3)), threads: 1) == nil)
  }

  @Test func theHomeworkHasThreePhases() throws {
    let trial = try Trial(.homework, threads: 1, count: 1000)
    let timeline = try #require(UpdateTimeline(try trial.runs(budget: 0.05), threads: 1))
    #expect(timeline.parts.map(\.phase) == ["passes", "gradients", "optimizer"])
    #expect(timeline.parts.allSatisfy { $0.before >= 0 && $0.lanes.allSatisfy { $0 > 0 } })
  }
}
