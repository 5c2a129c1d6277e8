import CKernels
import JSON
import Tensors

/// Bounds below which a speed is a fault: a check for continuous integration, on one thread.
///
/// A speed is a share of the multiply-add peak, which is measured within the same second, so that
/// it says nothing about the processor. A bound is about 0.55 of what a quiet machine reaches, so
/// that half the speed fails; with AVX-512, evaluation and products have the bounds of AVX2. Other
/// work on the machine only slows down, so that one measurement out of many has to reach the bound.
package enum SpeedGuard {
  /// The least shares of the peak for one level of instructions.
  struct Bounds {
    /// Of updates, and of log p(x) by importance sampling, by workload.
    let training, evaluation: [String: Double]
    /// Of products.
    let product: Double
  }

  static let bounds = [
    "x86-64-v3": Bounds(
      training: ["hw": 0.36, "aevb": 0.34, "iwae": 0.29, "conv": 0.23],
      evaluation: ["hw": 0.25, "aevb": 0.32, "iwae": 0.29, "conv": 0.17], product: 0.36),
    "x86-64-v4": Bounds(
      training: ["hw": 0.39, "aevb": 0.46, "iwae": 0.38, "conv": 0.31],
      evaluation: ["hw": 0.25, "aevb": 0.32, "iwae": 0.29, "conv": 0.17], product: 0.36),
  ]

  /// Measures everything that has a bound and writes a line for each; returns whether all reach
  /// theirs. On a processor without bounds it says so.
  package static func run(write: (String) -> Void) throws(Fault) -> Bool {
    let level = String(cString: elbo_simd())
    guard let bounds = bounds[level] else {
      write("no bounds are known for \(level): nothing was measured")
      return true
    }
    let team = Team(threads: 1)
    defer { team.close() }
    var isFast = true
    func check(
      _ name: String, _ least: Double, _ speed: () throws(Fault) -> Double
    ) throws(Fault) {
      let share = try best(reaching: least) { () throws(Fault) in
        let peak = multiplyAddPeak(team, budget: 0.02)
        return try speed() / max(peak, multiplyAddPeak(team, budget: 0.02))
      }
      isFast = isFast && share >= least
      let words = share < least ? "  TOO SLOW" : ""
      write(
        padded("  " + name, 32) + leftPadded(fixed(100 * share, 0), 3) + "% of the peak, at least "
          + fixed(100 * least, 0) + "%" + words)
    }
    for workload in Workload.all {
      let trial = try Trial(workload, threads: 1, count: 1000)
      try check("\(workload.name), updates", bounds.training[workload.name] ?? 0) {
        () throws(Fault) in workload.operations / (try trial.leastUpdateTime())
      }
      try check("\(workload.name), log p(x)", bounds.evaluation[workload.name] ?? 0) {
        () throws(Fault) in
        workload.evaluationOperations(rows: 2, samples: 1000)
          / (try trial.likelihoodTime(rows: 2, samples: 1000))
      }
    }
    let table = try KernelTable()
    defer { table.close() }
    for row in table.table where row.operations > 0 {
      try check(row.name, bounds.product) { () throws(Fault) in
        Double(row.operations) / leastTime(budget: 0.02, row.run)
      }
    }
    return isFast
  }

  /// Returns the greatest of up to `tries` measurements; the first that reaches `least` is the
  /// last.
  package static func best(
    reaching least: Double, tries: Int = 40, _ measure: () throws(Fault) -> Double
  ) throws(Fault) -> Double {
    var best = 0.0
    for _ in 0..<tries {
      best = max(best, try measure())
      if best >= least { break }
    }
    return best
  }
}
