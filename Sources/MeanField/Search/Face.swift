import Glibc
import JSON

/// A face of the cube [0, 1]^N that reaches no forbidden state: some variables are pinned at 0 or
/// 1, and the others are free.
///
/// On it F(q) = E_q[gain] + H(q), where `gain` = -beta (energy - ground) of each state of the free
/// variables. All gains are finite, and the entropy's slope is infinite at both ends, so that the
/// face's maximum lies inside, where every q_i is sigma(slope of the mean gain in q_i).
struct Face {
  /// A value for every variable; 0 for free ones.
  let corner: [Double]
  let free: [Int]
  /// In lexicographic order, the first free variable slowest.
  let gain: Folding

  /// `corner` and `free` are bits of a state's number; `gains` are those of all 2^N states.
  init(corner: Int, free mask: Int, variables: Int, gains: [Double]) {
    let bits = (0..<variables).map { 1 << (variables - 1 - $0) }
    self.corner = bits.map { corner & $0 > 0 ? 1 : 0 }
    free = bits.indices.filter { mask & bits[$0] > 0 }
    var states = [corner]
    for i in free { states = states.flatMap { [$0, $0 | bits[i]] } }
    gain = Folding(states.map { gains[$0] }, isMass: false)
  }

  func freeEnergy(_ q: [Double]) -> Double { gain.mean(under: q) + entropy(of: q) }

  /// Returns the q of all variables, from those of the free ones.
  func marginals(_ q: [Double]) -> [Double] {
    var all = corner
    for (place, i) in free.enumerated() { all[i] = q[place] }
    return all
  }

  /// Runs coordinate ascent within a box, until no variable moves by more than 1e-13, for at most
  /// `sweeps` sweeps.
  func ascend(
    _ q: inout [Double], within box: Box, sweeps: Int,
    _ checkpoint: () throws(Fault) -> Void = {}
  ) throws(Fault) {
    for _ in 0..<sweeps {
      try checkpoint()
      var pass = Folding.Pass(gain)
      var farthest = 0.0
      for i in q.indices {
        let means = pass.means(under: q, from: i)
        let next = min(max(sigmoid(means.one - means.zero), box.lower[i]), box.upper[i])
        farthest = max(farthest, (next - q[i]).magnitude)
        q[i] = next
        pass.settle(next)
      }
      if farthest < 1e-13 { break }
    }
  }

  /// Returns the slopes of the mean gain at `q`.
  func slopes(at q: [Double]) -> [Double] {
    var pass = Folding.Pass(gain)
    return q.indices.map { i in
      let means = pass.means(under: q, from: i)
      pass.settle(q[i])
      return means.one - means.zero
    }
  }
}

/// 1 / (1 + exp(-x)).
func sigmoid(_ x: Double) -> Double { x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x)) }

/// log(q / (1 - q)), finite at both ends.
func logit(_ q: Double) -> Double { log(max(q, 1e-300)) - log(max(1 - q, 1e-300)) }
