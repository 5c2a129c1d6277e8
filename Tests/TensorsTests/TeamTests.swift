import Glibc
import Tensors
import Testing

/// Threads that share lanes.
@Suite struct TeamTests {
  @Test(arguments: [1, 3], [0, 1, 2, 7])
  func everyLaneRunsOnce(threads: Int, lanes: Int) {
    let team = Team(threads: threads)
    defer { team.close() }
    let counts = UnsafeMutableBufferPointer<Int>.allocate(capacity: 8)
    defer { counts.deallocate() }
    counts.initialize(repeating: 0)
    for _ in 0..<100 { team.run(lanes: lanes) { counts[$0] += 1 } }
    team.run({ counts[$0] += 1 }, lanes: lanes)
    #expect(Array(counts) == (0..<8).map { $0 < lanes ? 101 : 0 })
  }

  @Test(arguments: [1, 3])
  func aTimelineHasEveryRun(threads: Int) throws {
    let team = Team(threads: threads)
    defer { team.close() }
    let timeline = Timeline()
    team.timeline = timeline
    team.run({ _ in usleep(1000) }, lanes: 5, phase: "sleep")
    team.run(lanes: 2, phase: "nothing") { _ in }
    team.timeline = nil
    team.run(lanes: 2) { _ in }
    #expect(timeline.runs.map(\.phase) == ["sleep", "nothing"])
    #expect(timeline.runs.map(\.lanes.count) == [5, 2])
    for run in timeline.runs {
      #expect(run.lanes.allSatisfy { run.span.began <= $0.began && $0.ended <= run.span.ended })
    }
    #expect(try #require(timeline.runs.first).lanes.allSatisfy { $0.seconds >= 0.001 })
    #expect(timeline.runs[0].span.ended <= timeline.runs[1].span.began)
  }

  /// Members without work in some runs take part in later ones.
  @Test func runsOfAllSizesFollowEachOther() {
    let team = Team(threads: 4)
    defer { team.close() }
    let counts = UnsafeMutableBufferPointer<Int>.allocate(capacity: 9)
    defer { counts.deallocate() }
    counts.initialize(repeating: 0)
    // Takes seconds if other tests hold the cores, and a minute for all rounds.
    let rounds = getenv("ELBO_LONG") == nil ? 100 : 2000
    for run in 0..<10 * rounds { team.run(lanes: run % 10) { counts[$0] += 1 } }
    #expect(Array(counts) == (0..<9).map { rounds * (9 - $0) })
  }

  /// Half of the least normal number, which is denormal: zero in every lane, and unchanged
  /// afterwards.
  @Test(arguments: [1, 3])
  func tinyNumbersAreZerosInLanes(threads: Int) {
    let team = Team(threads: threads)
    defer { team.close() }
    let halves = UnsafeMutableBufferPointer<Float>.allocate(capacity: 6)
    defer { halves.deallocate() }
    func halve(_ lane: Int) { halves[lane] *= 0.5 }
    halves.initialize(repeating: .leastNormalMagnitude)
    team.run(halve, lanes: 6)
    #expect(halves.allSatisfy { $0 == 0 })
    halves.initialize(repeating: .leastNormalMagnitude)
    team.run(lanes: 6) { halve($0) }
    #expect(halves.allSatisfy { $0 == 0 })
    halves.initialize(repeating: .leastNormalMagnitude)
    for lane in 0..<6 { halve(lane) }
    #expect(halves.allSatisfy { $0 == .leastNormalMagnitude / 2 && $0 > 0 })
  }
}
