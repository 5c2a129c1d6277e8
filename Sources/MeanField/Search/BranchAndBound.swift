import Glibc
import JSON

/// Finds the maximum of F over independent variables, and the best upper bound on it: branch and
/// bound, over faces and then over boxes.
///
/// Free energies are relative to that of the ground state, F + beta ground, so that energies far
/// from zero lose no digits. The search ends when the bound is within `tolerance` of the value, or
/// when its effort is spent. Effort is counted in steps rather than in time, so that the same
/// problem has the same result everywhere.
struct BranchAndBound {
  /// In nats: with a bound this close the value is optimal.
  static let tolerance = 1e-9
  /// The effort of a search, in nanoseconds of some processor, approximately.
  static let effort = 1_500_000_000

  private(set) var q: [Double]
  private(set) var freeEnergy: Double
  /// An upper bound on the free energy of every q.
  private(set) var bound = -Double.infinity
  private let gains: [Double]
  private var effort: Int

  /// Candidates below this are skipped; half of the tolerance is left for rounding.
  private var enough: Double { freeEnergy + Self.tolerance / 2 }

  /// Begins with the best known q, which reaches no forbidden state.
  init(
    _ states: Enumeration, _ beta: Double, from q: [Double], effort: Int,
    _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    let variables = states.variables
    self.q = q
    self.effort = effort
    gains = states.energies.map { $0 == .infinity ? 0 : -beta * ($0 - states.ground) }
    freeEnergy = -.infinity
    freeEnergy = self.freeEnergy(of: q)
    try checkpoint()
    let weights = zip(states.energies, gains).map {
      $0 == .infinity ? 0 : max(exp($1), .leastNormalMagnitude)
    }
    let faces = try FaceSearch(
      weights: weights, variables: variables, enough: enough, effort: effort / 4, checkpoint)
    self.effort -= effort / 4 - faces.effort
    bound = max(freeEnergy, faces.bound)
    // In order of decreasing bounds: a few ascents first, so that fewer faces must be searched. The
    // whole cube has had its restarts.
    for candidate in faces.candidates where candidate.free != weights.count - 1 {
      guard candidate.bound > enough, self.effort > effort / 2 else { break }
      try climb(face(candidate, variables), checkpoint)
    }
    for candidate in faces.candidates {
      guard candidate.bound > enough,
        self.effort >= BoxBound.cost(candidate.free.nonzeroBitCount)
      else {
        bound = max(bound, candidate.bound)
        continue
      }
      try search(face(candidate, variables), candidate.bound, checkpoint)
    }
    bound = max(bound, freeEnergy)
  }

  /// Returns F + beta ground for a q that reaches no forbidden state.
  func freeEnergy(of q: [Double]) -> Double {
    Folding(gains, isMass: false).mean(under: q) + entropy(of: q)
  }

  private func face(_ candidate: FaceSearch.Candidate, _ variables: Int) -> Face {
    Face(corner: candidate.corner, free: candidate.free, variables: variables, gains: gains)
  }

  private mutating func take(_ q: [Double], _ freeEnergy: Double, _ face: Face) {
    guard freeEnergy > self.freeEnergy else { return }
    (self.q, self.freeEnergy) = (face.marginals(q), freeEnergy)
  }

  /// Runs coordinate ascent from the middle of the face, and from one point on either side of it.
  private mutating func climb(
    _ face: Face, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    let count = face.free.count
    for start in [0.5, 0.1, 0.9] {
      // Multiples of the golden ratio separate variables that are equivalent.
      var q = (0..<count).map {
        start + 0.05 * (Double($0 + 1) * 0.618).truncatingRemainder(dividingBy: 1)
      }
      let sweeps = 100
      effort -= sweeps * (100 + 4 << count)
      try face.ascend(&q, within: .whole(count), sweeps: sweeps, checkpoint)
      take(q, face.freeEnergy(q), face)
    }
  }

  /// Runs branch and bound over the boxes of one face.
  private mutating func search(
    _ face: Face, _ ceiling: Double, _ checkpoint: () throws(Fault) -> Void
  ) throws(Fault) {
    let count = face.free.count
    guard count > 0 else { return take([], face.freeEnergy([]), face) }
    try checkpoint()
    var bounds = BoxBound(face)
    let cost = BoxBound.cost(count)
    effort -= cost
    var open = Heap()
    open.insert(.whole(count, bound: ceiling))
    while let highest = open.bound, highest > enough, effort >= cost,
      var box = open.removeHighest()
    {
      let look = try bounds.look(at: &box, enough: enough, checkpoint)
      effort -= cost * bounds.rounds
      guard let look else { continue }
      if look.freeEnergy > freeEnergy {
        var q = look.q
        try face.ascend(&q, within: .whole(count), sweeps: 1000, checkpoint)
        take(look.q, look.freeEnergy, face)
        take(q, face.freeEnergy(q), face)
      }
      box.bound = min(box.bound, look.bound)
      if box.bound <= enough {
        bound = max(bound, box.bound)
        continue
      }
      let (low, high) = box.halves(along: look.widest)
      open.insert(low)
      open.insert(high)
    }
    bound = max(bound, open.bound ?? bound)
  }
}
