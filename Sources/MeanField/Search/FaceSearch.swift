import Glibc
import JSON

/// Finds the maximal faces that reach no forbidden state, without those that cannot hold the
/// maximum.
///
/// Each variable in turn is left free, pinned at 0 or pinned at 1. A state of the remaining
/// variables is allowed if it is allowed for both values of each free variable, and its weight is
/// then the sum of theirs. The log of the sum over all states bounds F on all faces below, since F
/// = log Z - KL(q || p) on the states that such a face may reach. The tables halve on the way down:
/// all 3^N faces together cost as many steps, and most are excluded by their bounds.
struct FaceSearch {
  /// A face as bits of a state's number, the first variable highest.
  struct Candidate {
    var corner: Int
    var free: Int
    var bound: Double
  }

  /// Limits the memory of the candidates.
  private static let mostCandidates = 1_000_000
  private(set) var candidates: [Candidate] = []
  /// The highest bound of the faces left out: those below `enough`, or those remaining when the
  /// effort ended.
  private(set) var bound = -Double.infinity
  /// The number of table entries that may still be visited, about a nanosecond each.
  private(set) var effort: Int
  private let variables: Int
  /// A face whose bound is at most this is skipped.
  private let enough: Double
  private var tables: [[Double]]
  /// The remaining effort at which the checkpoint is called again.
  private var nextCheckpoint = 0

  /// `weights` are exp(-beta (energy - ground)), which are zero for forbidden states and only for
  /// those.
  init(
    weights: [Double], variables: Int, enough: Double, effort: Int,
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    self.variables = variables
    self.enough = enough
    self.effort = effort
    nextCheckpoint = effort - (1 << 18)
    tables =
      [weights] + (0..<variables).map { [Double](repeating: 0, count: 1 << (variables - 1 - $0)) }
    let bound = Self.logSum(weights)
    if bound > enough {
      try visit(0, Candidate(corner: 0, free: 0, bound: bound), checkpoint)
    } else {
      self.bound = bound
    }
    candidates.sort { $0.bound > $1.bound }
  }

  private mutating func visit(
    _ level: Int, _ node: Candidate, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    let rest = (1 << (variables - level)) - 1
    effort -= 6 * (rest + 1) + 100
    if effort < nextCheckpoint {
      nextCheckpoint = effort - (1 << 18)
      try checkpoint()
    }
    // Without forbidden states in the rest, all of it is free, since other faces lie in that one.
    if !tables[level].contains(0) {
      let face = Candidate(corner: node.corner, free: node.free | rest, bound: node.bound)
      if isMaximal(face) { candidates.append(face) }
      if candidates.count == Self.mostCandidates { effort = 0 }
      return
    }
    let bit = (rest + 1) / 2
    let (mayPinZero, mayPinOne) = restrictions(level)
    for (isAllowed, value) in [(true, nil), (mayPinZero, 0), (mayPinOne, 1)] as [(Bool, Int?)] {
      guard isAllowed else { continue }
      let sum = fold(level, value)
      guard sum > 0 else { continue }
      let corner = value == 1 ? node.corner | bit : node.corner
      let free = value == nil ? node.free | bit : node.free
      let bound = min(node.bound, log(sum) + Double(bit) * 2.3e-16)
      guard bound > enough, effort > 0 else {
        self.bound = max(self.bound, bound)
        continue
      }
      try visit(level + 1, Candidate(corner: corner, free: free, bound: bound), checkpoint)
    }
  }

  /// Returns whether some state is allowed at 0 only, and at 1 only: if not, a face that pins the
  /// variable there lies in one that leaves it free.
  private func restrictions(_ level: Int) -> (zero: Bool, one: Bool) {
    let table = tables[level]
    let half = table.count / 2
    var (zero, one) = (false, false)
    for k in 0..<half {
      if table[k] > 0 && table[k + half] == 0 { zero = true }
      if table[k] == 0 && table[k + half] > 0 { one = true }
    }
    return (zero, one)
  }

  /// Fills the next level's table for the variable at a value, or free (nil), and returns its sum.
  private mutating func fold(_ level: Int, _ value: Int?) -> Double {
    let table = tables[level]
    let half = table.count / 2
    var sum = 0.0
    tables[level + 1].withUnsafeMutableBufferPointer { next in
      for k in 0..<half {
        let (zero, one) = (table[k], table[k + half])
        let weight =
          switch value {
          case 0: zero
          case 1: one
          default: zero > 0 && one > 0 ? zero + one : 0
          }
        next[k] = weight
        sum += weight
      }
    }
    return sum
  }

  /// Returns whether each pinned variable would reach a forbidden state if it were free.
  private mutating func isMaximal(_ face: Candidate) -> Bool {
    for i in 0..<variables where face.free & 1 << i == 0 {
      // All subsets of the free bits, downwards.
      var subset = face.free
      var isBlocked = false
      while true {
        effort -= 1
        if tables[0][(face.corner ^ 1 << i) | subset] == 0 { isBlocked = true }
        if isBlocked || subset == 0 { break }
        subset = (subset - 1) & face.free
      }
      if !isBlocked { return false }
    }
    return true
  }

  /// Returns an upper bound on log of the sum.
  private static func logSum(_ weights: [Double]) -> Double {
    log(weights.compensatedSum) + Double(weights.count) * 2.3e-16
  }
}
