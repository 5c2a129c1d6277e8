import Tensors

/// The parts of an update, each the median over many updates: how long the lanes of each run take,
/// and who waits for whom.
struct UpdateTimeline {
  /// A run of the team, and what the leader alone does before it.
  struct Part {
    let phase: String
    /// The seconds between the run before and this one.
    let before: Double
    /// The seconds of each lane.
    let lanes: [Double]
    /// The seconds from the start of the run to the end of its last lane.
    let elapsed: Double

    /// The seconds of all lanes together.
    var busy: Double { lanes.reduce(0, +) }

    /// Returns the seconds of the member with the most work, if lane l is of member l mod members.
    func longest(members: Int) -> Double {
      (0..<max(1, members)).map { member in
        stride(from: member, to: lanes.count, by: max(1, members)).reduce(0) { $0 + lanes[$1] }
      }.max() ?? 0
    }

    /// Returns the number of threads that have a lane.
    func members(of threads: Int) -> Int { max(1, min(threads, lanes.count)) }
  }

  let threads: Int
  let parts: [Part]
  /// The seconds of an update.
  let update: Double

  /// `runs` follow each other in whole updates, of which the last run has the phase `last`; updates
  /// that have other runs than most, such as those of a smaller batch, are left out. Nil if none is
  /// left.
  init?(_ runs: [Timeline.Run], threads: Int, last: String = "optimizer") {
    var updates: [[Timeline.Run]] = [[]]
    for run in runs {
      updates[updates.count - 1].append(run)
      if run.phase == last { updates.append([]) }
    }
    // The first has no run before it.
    let cut = updates.dropLast().enumerated().dropFirst().map { place, update in
      (update, before: updates[place - 1].last?.span.ended ?? 0)
    }
    let forms = Dictionary(grouping: cut) { $0.0.map(\.lanes.count) }
    guard let usual = forms.max(by: { $0.value.count < $1.value.count })?.value,
      let first = usual.first?.0
    else { return nil }
    self.threads = threads
    parts = first.indices.map { place in
      Part(
        phase: first[place].phase,
        before: median(
          usual.map { update, before in
            update[place].span.began - (place > 0 ? update[place - 1].span.ended : before)
          }),
        lanes: first[place].lanes.indices.map { lane in
          median(usual.map { update, _ in update[place].lanes[lane].seconds })
        },
        elapsed: median(usual.map { update, _ in update[place].span.seconds }))
    }
    update = median(usual.map { update, before in (update.last?.span.ended ?? 0) - before })
  }

  /// Returns the seconds that an update would take on `workers` threads: the same lanes, dealt out
  /// in turn, with a meeting of `meeting` seconds after each run of several threads.
  func replayed(on workers: Int, meeting: Double) -> Double {
    parts.reduce(0) { sum, part in
      let members = part.members(of: workers)
      return sum + part.before + part.longest(members: members) + (members > 1 ? meeting : 0)
    }
  }
}

/// Returns the middle of some numbers; 0 for none.
func median(_ values: [Double]) -> Double {
  let ordered = values.sorted()
  guard let upper = ordered.dropFirst(ordered.count / 2).first else { return 0 }
  return ordered.count % 2 == 1 ? upper : (ordered[ordered.count / 2 - 1] + upper) / 2
}
