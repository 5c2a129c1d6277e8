import JSON
import Tensors

extension Bench {
  /// The numbers of threads for which an update is replayed.
  private static let workers = [1, 2, 4, 8, 16]

  /// `elbo bench --timeline`: writes the parts of an update of each workload with one thread and
  /// with `threads`, and what it would take on more.
  package static func timeline(
    threads: Int, isQuick: Bool, write: (String) -> Void
  ) throws(Fault) {
    let counts = threads == 1 ? [1] : [1, threads]
    let peaks = counts.map { peak(threads: $0, budget: isQuick ? 0.2 : 1) }
    let meeting = threads == 1 ? 0 : self.meeting(threads: threads)
    if threads > 1 {
      write(
        "\(threads) threads have \(fixed(peaks[1] / peaks[0], 2)) times the multiply-add peak of one"
          + (peaks[1] < 0.9 * Double(threads) * peaks[0] ? ", since they share cores" : "")
          + "; a meeting of all takes \(micro(meeting)) µs")
      write("")
    }
    for workload in Workload.all {
      var found: [UpdateTimeline] = []
      for threads in counts {
        let trial = try Trial(workload, threads: threads, count: isQuick ? 1000 : 10_000)
        let runs = try trial.runs(budget: isQuick ? 0.3 : 3)
        if let timeline = UpdateTimeline(runs, threads: threads) { found.append(timeline) }
      }
      for timeline in found { table(timeline, of: workload).forEach(write) }
      replay(found, meeting).forEach(write)
      write("")
    }
  }

  /// Returns the seconds that a run costs beyond its lanes, all threads being awake.
  private static func meeting(threads: Int) -> Double {
    let team = Team(threads: threads)
    defer { team.close() }
    return leastTime(budget: 0.05) { team.run(lanes: threads) { _ in } }
  }

  private static func table(_ timeline: UpdateTimeline, of workload: Workload) -> [String] {
    let threads = "\(timeline.threads) \(timeline.threads == 1 ? "thread" : "threads")"
    var lines = [
      "\(workload.name), \(threads): an update takes \(micro(timeline.update)) µs",
      "  " + padded("phase", 12)
        + row(["lanes", "alone before", "all lanes", "longest", "elapsed", "waiting"]),
    ]
    for part in timeline.parts {
      let members = part.members(of: timeline.threads)
      let waiting = Double(members) * part.elapsed - part.busy
      lines.append(
        "  " + padded(part.phase, 12)
          + row(
            ["\(part.lanes.count)", micro(part.before), micro(part.busy)]
              + [micro(part.longest(members: members)), micro(part.elapsed), micro(waiting)]))
    }
    return lines
  }

  /// Returns the rates that the measured lanes would have on other numbers of threads, and those
  /// that were measured. Several threads share caches and memory, so that their lanes are those of
  /// the timeline with the most threads.
  private static func replay(_ found: [UpdateTimeline], _ meeting: Double) -> [String] {
    guard let alone = found.first, let shared = found.last else { return [] }
    let replayed = workers.map {
      ($0 == 1 ? alone : shared).replayed(on: $0, meeting: meeting)
    }
    let measured = workers.map { count in found.first { $0.threads == count }?.update }
    return [
      "  " + padded("threads", 12) + row(workers.map(String.init)),
      "  " + padded("replayed", 12) + row(replayed.map { fixed(1 / $0, 0) }),
      "  " + padded("measured", 12) + row(measured.map { $0.map { fixed(1 / $0, 0) } ?? "" }),
    ]
  }

  private static func row(_ cells: [String]) -> String {
    cells.map { leftPadded($0, 14) }.joined()
  }

  private static func micro(_ seconds: Double) -> String { fixed(1e6 * seconds, 1) }
}
