import CKernels
import Tensors

/// Returns the multiply-add rate that the threads of a team reach together on registers alone, in
/// floating-point operations a second.
package func multiplyAddPeak(_ team: Team, budget: Double) -> Double {
  let turns = 50_000
  var operations = 0
  let time = leastTime(budget: budget) {
    // Not constants, which would be folded; a factor below one keeps the numbers normal.
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * team.threads) { numbers in
      guard let base = numbers.baseAddress else { return }
      for thread in 0..<team.threads {
        numbers[3 * thread] = 0.999
        numbers[3 * thread + 1] = 0.001
      }
      withUnsafeTemporaryAllocation(of: Int.self, capacity: team.threads) { done in
        team.run(lanes: team.threads) { done[$0] = elbo_multiply_adds(turns, base + 3 * $0) }
        operations = done.reduce(0, +)
      }
    }
  }
  return Double(operations) / time
}
