import Bench
import Glibc
import JSON

extension Subcommand {
  static let bench = Subcommand(
    name: "bench",
    summary: "Measure this machine: training, kernels, and one number that never changes.",
    options: [
      .threads,
      Option(
        name: "peak", summary: "Measure only the multiply-add peak of all threads, in GFLOP/s."),
      Option(
        name: "guard",
        summary: "Fail if a speed is below its least share of the peak: for continuous integration."
      ),
      Option(
        name: "timeline",
        summary: "Show what the threads do in an update, who waits, and the rate on more threads."),
      Option(name: "quick", summary: "Run for a few seconds instead of most of a minute."),
    ],
    remarks: """
      Needs nothing else on the machine. The ELBO in the last line is the same to four digits everywhere, and
      to the last bit on one machine, whatever the number of threads.
      """
  ) { (options) throws(Options.Misuse) in
    try refuseOperands(options)
    let threads = try configuration(options).threads
    func show(_ line: String) { _ = writeAll(Array((line + "\n").utf8), to: 1) }
    if options.has("peak") {
      let peak = Bench.peak(threads: threads, budget: options.has("quick") ? 0.1 : 0.5)
      show("\((peak * 1e-8).rounded() / 10)")
      return 0
    }
    do throws(Fault) {
      if options.has("guard") { return try SpeedGuard.run(write: show) ? 0 : 1 }
      if options.has("timeline") {
        try Bench.timeline(threads: threads, isQuick: options.has("quick"), write: show)
        return 0
      }
      try Bench.run(threads: threads, isQuick: options.has("quick"), write: show)
    } catch {
      say("elbo bench: \(error.sentence)")
      return 1
    }
    return 0
  }
}
