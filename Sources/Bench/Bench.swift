import CKernels
import JSON
import Tensors

/// `elbo bench`: measures how fast this machine trains, and computes one number that changes only
/// with behaviour.
package enum Bench {
  /// Writes a report line by line; the last line has the number.
  package static func run(
    threads: Int, isQuick: Bool, write: (String) -> Void
  ) throws(Fault) {
    let counts = threads == 1 ? [1] : [1, threads]
    var peaks: [Double] = []
    write("multiply-add peak (\(String(cString: elbo_simd())))")
    for threads in counts {
      let peak = peak(threads: threads, budget: isQuick ? 0.2 : 1)
      peaks.append(peak)
      write("  \(threads) \(threads == 1 ? "thread " : "threads")  \(giga(peak)) GFLOP/s")
    }
    write("")
    write("training on strokes, and log p(x) by importance sampling")
    for workload in Workload.all {
      for (threads, peak) in zip(counts, peaks) {
        write(try line(workload, threads: threads, peak: peak, isQuick: isQuick))
      }
    }
    write("")
    write("kernels, 1 thread")
    let table = try KernelTable()
    for row in table.table {
      let time = leastTime(budget: isQuick ? 0.02 : 0.2, row.run)
      let name = "  " + padded(row.name, 32)
      if row.operations > 0 {
        let speed = Double(row.operations) / time
        write(name + "\(giga(speed)) GFLOP/s  \(percent(speed / peaks[0])) of the peak")
      } else {
        write(name + "\(giga(Double(row.bytes) / time)) GB/s")
      }
    }
    table.close()
    write("")
    let bound = try self.bound(threads: threads)
    write("ELBO after 200 seeded updates: \(fixed(bound, 2)) (on this machine \(bound))")
  }

  /// Returns the deterministic number: the ELBO of 2,000 strokes after 200 updates of the
  /// homework's model, with every seed 0. Four digits are the same on every machine, and all of
  /// them on one machine, for any number of threads.
  package static func bound(threads: Int) throws(Fault) -> Double {
    try Trial(.homework, threads: threads, count: 2000).bound(after: 200)
  }

  /// Returns the multiply-add peak of `threads` threads, in operations a second.
  package static func peak(threads: Int, budget: Double) -> Double {
    let team = Team(threads: threads)
    defer { team.close() }
    return multiplyAddPeak(team, budget: budget)
  }

  private static func line(
    _ workload: Workload, threads: Int, peak: Double, isQuick: Bool
  ) throws(Fault) -> String {
    let trial = try Trial(workload, threads: threads, count: isQuick ? 1000 : 10_000)
    let rate = try trial.rate(budget: isQuick ? 0.3 : 3)
    let (rows, samples) = (isQuick ? 8 : 64, 1000)
    let time = try trial.likelihoodTime(rows: rows, samples: samples)
    let evaluation = workload.evaluationOperations(rows: rows, samples: samples) / time
    let name = padded("  \(workload.name), \(threads) \(threads == 1 ? "thread" : "threads")", 20)
    return name + leftPadded(fixed(rate, rate < 100 ? 1 : 0), 7) + " updates/s"
      + leftPadded(percent(rate * workload.operations / peak), 6) + " of the peak;  log p(x)"
      + leftPadded(percent(evaluation / peak), 6)
  }

  private static func giga(_ value: Double) -> String { leftPadded(fixed(value * 1e-9), 7) }
  private static func percent(_ share: Double) -> String { fixed(100 * share, 0) + "%" }
}
