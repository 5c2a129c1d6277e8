import Glibc

/// When the runs of a team began and ended, and each lane of them: for measurements.
package final class Timeline: @unchecked Sendable {
  // Unchecked: during a run each lane writes its own place, and the leader reads them afterwards.
  /// Two moments, in seconds since a fixed one.
  package struct Span: Sendable {
    package let began, ended: Double
    package var seconds: Double { ended - began }

    package init(began: Double, ended: Double) { (self.began, self.ended) = (began, ended) }
  }

  /// A run: from its call to the end of its last lane.
  package struct Run: Sendable {
    /// What was done, as the caller names it.
    package let phase: String
    package let span: Span
    package let lanes: [Span]

    package init(phase: String, span: Span, lanes: [Span]) {
      (self.phase, self.span, self.lanes) = (phase, span, lanes)
    }
  }

  package private(set) var runs: [Run] = []
  private var places = UnsafeMutableBufferPointer<Span>.allocate(capacity: 0)

  package init() {}

  deinit { places.deallocate() }

  private static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Notes a run of `lanes` lanes; `start` runs them and returns when all are done.
  func note(
    _ phase: StaticString, _ lanes: Int, _ work: @escaping (Int) -> Void,
    _ start: (@escaping (Int) -> Void) -> Void
  ) {
    if places.count < lanes {
      places.deallocate()
      places = .allocate(capacity: lanes)
    }
    let (places, began) = (places, Self.now)
    start { lane in
      let began = Self.now
      work(lane)
      places.initializeElement(at: lane, to: Span(began: began, ended: Self.now))
    }
    runs.append(
      Run(
        phase: "\(phase)", span: Span(began: began, ended: Self.now), lanes: Array(places[..<lanes])
      ))
  }
}
