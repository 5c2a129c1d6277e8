import Declarations
import Glibc
import JSON
import Testing

@testable import MeanField

private let isLong = getenv("ELBO_LONG") != nil

@Suite struct Optima {
  /// Two variables and one forbidden state, in both orders: one is pinned at 0, and the other has
  /// log(1 + e^3).
  @Test(arguments: [[0, 0, -3, Double.infinity], [0, -3, 0, .infinity]], [1, 7, 50])
  func aPinIsFoundWhateverTheOrder(values: [Double], restarts: Int) throws {
    let p = try DiscreteDistribution(variables: 2, energy: TableEnergy(values: values))
    let fit = try p.fit(.independent, restarts: restarts, uniform: uniform())
    #expect(isNear(fit.freeEnergy, log(1 + exp(3)), 1e-12))
    #expect(fit.q.contains(0) && fit.converged && fit.optimal && fit.gap == nil)
    #expect(fit.trace.last == fit.freeEnergy && fit.trace.count == fit.iterations)
    #expect(fit.restart < fit.restarts && fit.reached >= 1)
  }

  @Test(arguments: 2...6)
  func nothingBeatsTheAnswer(variables: Int) throws {
    // A problem takes 3^N faces with several ascents each.
    let problems = isLong ? 100 : [60, 60, 40, 8, 2][variables - 2]
    let starts = isLong ? 100 : 4
    var found = 0
    for seed in 0..<UInt64(problems) {
      for isProduct in [false, true] {
        let problem = Problem(variables: variables, seed: seed, isProduct: isProduct)
        guard let p = try problem.distribution() else { continue }
        let brute = BruteForce(variables: variables, energies: p.energy.table(), beta: p.beta)
        let fit = try p.fit(.independent, restarts: 3, uniform: uniform(seed: seed))
        let best = brute.best(starts: starts, seed: seed)
        #expect(fit.freeEnergy >= best - 1e-9, "\(problem)")
        #expect(isNear(brute.freeEnergy(fit.q), fit.freeEnergy, 1e-11), "\(problem)")
        #expect(fit.optimal && fit.gap == nil, "\(problem): \(fit.gap ?? 0)")
        if variables <= 3 {
          #expect(
            fit.freeEnergy >= brute.bestOnGrid(variables == 3 ? 60 : 400) - 1e-12, "\(problem)")
        }
        found += 1
      }
    }
    #expect(found >= problems)
  }

  @Test func nothingBeatsASharedMarginal() throws {
    var ends = 0
    for seed in 0..<UInt64(isLong ? 300 : 100) {
      for variables in 2...4 {
        let problem = Problem(variables: variables, seed: seed, isProduct: seed % 2 == 0)
        guard let p = try problem.distribution() else { continue }
        let energies = p.energy.table()
        let whole = try DiscreteDistribution(
          variables: variables,
          energy: TableEnergy(values: energies.map { $0 == .infinity ? 3 : $0 }), beta: p.beta)
        for p in [p, whole] {
          let brute = BruteForce(variables: variables, energies: p.energy.table(), beta: p.beta)
          let best = brute.bestShared(2000)
          do {
            let fit = try p.fit(.shared, uniform: uniform())
            #expect(fit.optimal && fit.gap == nil && fit.freeEnergy >= best - 1e-12, "\(problem)")
            ends += fit.q[0] == 0 || fit.q[0] == 1 ? 1 : 0
          } catch { #expect(best == -.infinity && error.kind == .support) }
        }
      }
    }
    #expect(ends > 20)
  }

  /// A wrong maximum of one shared marginal gets a gap at least as large as its distance from the
  /// true one.
  @Test(arguments: 1...9) func aWrongSharedMaximumIsFarFromItsBound(degree: Int) {
    for seed in 0..<UInt64(5) {
      let gains = numbers(degree + 1, seed: seed).map { 30 * ($0 - 1) }
      func freeEnergy(_ q: Double) -> Double {
        var points = gains
        while points.count > 1 {
          points = zip(points, points.dropFirst()).map { (1 - q) * $0 + q * $1 }
        }
        return points[0] + 3 * binaryEntropy(q)
      }
      let grid = (0...20_000).map { Double($0) / 20_000 }
      let nearest = grid.max { freeEnergy($0) < freeEnergy($1) } ?? 0
      var (low, high) = (max(0, nearest - 5e-5), min(1, nearest + 5e-5))
      for _ in 0..<60 {
        let thirds = (low + (high - low) / 3, high - (high - low) / 3)
        if freeEnergy(thirds.0) < freeEnergy(thirds.1) { low = thirds.0 } else { high = thirds.1 }
      }
      let best = 0.5 * (low + high)
      let bound = SharedMarginalBound(variables: 3, mostRanges: 500)
      #expect(bound.gap(of: gains, maxima: [best]) < BranchAndBound.tolerance)
      for q in [0, best / 2, (1 + best) / 2, best + 0.01 * (0.5 - best)] {
        let missing = freeEnergy(best) - freeEnergy(q)
        #expect(bound.gap(of: gains, maxima: [q]) >= missing - 1e-12)
      }
    }
  }

  /// The bound holds however early the search ends.
  @Test(arguments: 3...7)
  func boundsHoldAtEveryEffort(variables: Int) throws {
    var isOpen = false
    for seed in 0..<UInt64(isLong ? 60 : 12) {
      var values = numbers(1 << variables, seed: seed &+ 300).map { 8 * $0 }
      if seed % 3 > 0 { values[Int(seed) % values.count] = .infinity }
      let p = try DiscreteDistribution(variables: variables, energy: TableEnergy(values: values))
      let fit = try p.fit(.independent, uniform: uniform())
      let states = try Enumeration(p)
      let top = fit.freeEnergy + states.ground
      #expect(fit.optimal)
      for effort in [0, 1000, 30_000, 100_000, 1_000_000, 10_000_000] {
        let some = try BranchAndBound(states, 1, from: states.groundState, effort: effort) {
          () throws(Fault) in
        }
        #expect(some.bound >= top - 1e-11 && some.freeEnergy <= top + 1e-9)
        #expect(some.bound >= some.freeEnergy)
        #expect(isNear(p.freeEnergy(of: some.q) + states.ground, some.freeEnergy, 1e-12))
        if some.bound > some.freeEnergy + 1e-3 { isOpen = true }
      }
    }
    #expect(isOpen, "no effort was too small: the bounds were not tried")
  }

  /// No point of a box is above its bound, and no stationary point is discarded.
  @Test(arguments: 1...5) func boundsHoldOnBoxes(variables: Int) throws {
    var (left, thrown) = (0, 0)
    for seed in 0..<UInt64(200) {
      let scale = [0.3, 3, 12, 60][Int(seed % 4)]
      let gains = numbers(1 << variables, seed: seed).map { scale * ($0 - 1) }
      let face = Face(
        corner: 0, free: (1 << variables) - 1, variables: variables, gains: gains)
      let draw = uniform(seed: seed)
      var stationary = (0..<variables).map { draw(1, $0) }
      try face.ascend(&stationary, within: .whole(variables), sweeps: 10_000)
      var bounds = BoxBound(face)
      for trial in 0..<6 {
        let width = pow(10, -Double(trial) / 2)
        var box = Box.whole(variables)
        for i in 0..<variables {
          let middle = trial % 2 == 0 ? stationary[i] : draw(10 + trial, i)
          box.lower[i] = max(0, middle - width * draw(20 + trial, i))
          box.upper[i] = min(1, middle + width * draw(30 + trial, i))
        }
        let given = box
        guard let look = try bounds.look(at: &box, enough: trial < 3 ? -.infinity : 1) else {
          thrown += 1
          let isInside = (0..<variables).allSatisfy {
            given.lower[$0] <= stationary[$0] && stationary[$0] <= given.upper[$0]
          }
          #expect(!isInside)
          continue
        }
        left += 1
        #expect(look.bound >= look.freeEnergy)
        for point in 0..<60 {
          let q = (0..<variables).map { i in
            // Corners too.
            let place = point % 3 == 0 ? draw(point + 50, i).rounded() : draw(point + 50, i)
            return box.lower[i] + place * (box.upper[i] - box.lower[i])
          }
          #expect(face.freeEnergy(q) <= look.bound + 1e-12 * scale)
        }
      }
    }
    #expect(left > 100 && thrown > 20)
  }

  /// Each of the bounds separately, on random boxes: coupled distributions and corners.
  @Test(arguments: 1...4) func eachBoundHolds(variables: Int) {
    for seed in 0..<UInt64(200) {
      let scale = [0.3, 3, 12][Int(seed % 3)]
      let face = Face(
        corner: 0, free: (1 << variables) - 1, variables: variables,
        gains: numbers(1 << variables, seed: seed).map { scale * ($0 - 1) })
      let draw = uniform(seed: seed)
      var box = Box.whole(variables)
      for i in 0..<variables {
        let ends = [draw(1, i), draw(2, i)]
        (box.lower[i], box.upper[i]) = (min(ends[0], ends[1]), max(ends[0], ends[1]))
      }
      var bounds = BoxBound(face)
      let middle = zip(box.lower, box.upper).map { 0.5 * ($0 + $1) }
      let (corners, coupled) = (bounds.corners(box, middle), bounds.coupled(box, -.infinity))
      var best = -Double.infinity
      for point in 0..<300 {
        let q = (0..<variables).map { i in
          let place = point % 3 == 0 ? draw(point + 50, i).rounded() : draw(point + 50, i)
          return box.lower[i] + place * (box.upper[i] - box.lower[i])
        }
        best = max(best, face.freeEnergy(q))
      }
      #expect(best <= corners + 1e-12 * scale && best <= coupled + 1e-12 * scale)
      // One variable is independent of all others.
      if variables == 1 { #expect(coupled < best + 0.01 * scale) }
    }
  }

  /// The curvature of the mean gain is below its bound in every direction, including the worst one,
  /// at every point of a box.
  @Test(arguments: 2...5) func curvaturesAreBounds(variables: Int) throws {
    var isTight = false
    for seed in 0..<UInt64(100) {
      let isPairwise = seed % 2 == 0
      var gains = numbers(1 << variables, seed: seed).map { 6 * $0 }
      if isPairwise {
        let c = numbers(variables * variables, seed: seed).map { 3 * $0 }
        gains = states(variables).map { state in
          var sum = 0.0
          for i in 0..<variables {
            for j in 0..<i where state[i] && state[j] { sum += c[i * variables + j] }
          }
          return sum
        }
      }
      let face = Face(corner: 0, free: (1 << variables) - 1, variables: variables, gains: gains)
      let draw = uniform(seed: seed)
      var box = Box.whole(variables)
      if !isPairwise {
        for i in 0..<variables {
          (box.lower[i], box.upper[i]) = (0.3 * draw(1, i), 0.5 + 0.5 * draw(2, i))
        }
      }
      var derivatives = MixedDerivatives(face)
      guard try derivatives.contract(&box) else { continue }
      let curvature = Curvature(derivatives, box)
      for point in 0..<20 {
        let q = (0..<variables).map { i in
          box.lower[i] + draw(point + 9, i).rounded() * (box.upper[i] - box.lower[i])
        }
        var matrix = [Double](repeating: 0, count: variables * variables)
        for i in 0..<variables {
          for j in 0..<i {
            let corners = states(2).map { ends in
              var q = q
              (q[i], q[j]) = (ends[0] ? 1 : 0, ends[1] ? 1 : 0)
              return face.gain.mean(under: q)
            }
            let mixed = corners[0] - corners[1] - corners[2] + corners[3]
            let place = i * variables + j
            #expect(abs(mixed - derivatives.middle[place]) <= derivatives.radius[place] + 1e-9)
            (matrix[place], matrix[j * variables + i]) = (mixed, mixed)
          }
        }
        // The direction in which the matrix exceeds its bound most, by power iteration on the
        // difference, shifted to be positive.
        var d = (0..<variables).map { 0.1 + draw(point + 90, $0) }
        for _ in 0..<200 {
          var next = (0..<variables).map { i in (200 - curvature.gain[i]) * d[i] }
          for i in 0..<variables {
            for j in 0..<variables { next[i] += matrix[i * variables + j] * d[j] }
          }
          let length = next.reduce(0) { $0 + $1 * $1 }.squareRoot()
          d = next.map { $0 / length }
        }
        var excess = 0.0
        for i in 0..<variables {
          excess -= curvature.gain[i] * d[i] * d[i]
          for j in 0..<variables { excess += matrix[i * variables + j] * d[i] * d[j] }
        }
        #expect(excess <= 1e-9)
        if isPairwise, excess > -0.05 { isTight = true }
      }
    }
    #expect(isTight)
  }

  /// The gain of one variable is its maximum, compared with a grid.
  @Test func gainsAreMaxima() {
    let draw = uniform(seed: 5)
    for trial in 0..<500 {
      let ends = [draw(trial, 0), draw(trial, 1)]
      let (lower, upper) = (min(ends[0], ends[1]), max(ends[0], ends[1]))
      let q = lower + draw(trial, 2) * (upper - lower)
      let slope = 10 * (draw(trial, 3) - 0.5) + logit(q) * (trial % 2 == 0 ? 1 : 0)
      let curvature = 30 * draw(trial, 4)
      let gain = Gain(slope: slope, curvature: curvature, q: q, lower: lower, upper: upper)
      let grid = (0...2000).map { k in
        let x = lower + Double(k) / 2000 * (upper - lower)
        let d = x - q
        return slope * d + 0.5 * curvature * d * d + binaryEntropy(x) - binaryEntropy(q)
      }
      let best = grid.max() ?? 0
      let nearest = min(max(0.5, lower), upper)
      let steepness = 1 / (nearest * (1 - nearest))
      let most = gain.most(steepness: steepness, enough: -.infinity)
      #expect(most >= best - 1e-12 && most <= max(best, 0) + 1e-4)
      #expect(gain.most(steepness: steepness, enough: .infinity) >= most - 1e-12)
    }
  }

  /// Weakly coupled, F is concave on the whole cube; frustrated, the effort may run out, and the
  /// gap is reported.
  @Test func theReplySaysHowFarItIsKnown() throws {
    func glass(_ count: Int, _ strength: Double) -> IsingEnergy {
      let c = numbers(count * count, seed: 3)
      return IsingEnergy(
        couplings: (0..<count).flatMap { i in
          (0..<i).map { Coupling(i, $0, strength * c[i * count + $0]) }
        }, fields: numbers(count, seed: 4))
    }
    let weak = try DiscreteDistribution(variables: 12, energy: glass(12, 0.05))
    let known = try weak.fit(.independent, restarts: 1, uniform: uniform())
    #expect(known.optimal && known.gap == nil)
    let hard = try DiscreteDistribution(
      variables: 15, energy: TableEnergy(values: numbers(1 << 15, seed: 6).map { 20 * $0 }))
    let open = try hard.fit(.independent, restarts: 2, uniform: uniform())
    let gap = try #require(open.gap)
    let divergence = try #require(open.divergence)
    #expect(!open.optimal && gap > BranchAndBound.tolerance && gap <= divergence + 1e-9)
  }

  /// Problems with more variables than are enumerated have a bound too; without couplings it equals
  /// the value.
  @Test func manyVariablesHaveABound() throws {
    let fields = numbers(200, seed: 2)
    var couplings: [Coupling] = []
    for strength in [0, 0.3] {
      couplings = (1..<200).map { Coupling($0 - 1, $0, strength) }
      let p = try DiscreteDistribution(
        variables: 200, energy: IsingEnergy(couplings: couplings, fields: fields))
      let fit = try p.fit(.independent, restarts: 2, uniform: uniform())
      let ceiling = fields.reduce(199 * strength) { $0 + log(2 * cosh($1)) }
      #expect(fit.optimal == (strength == 0))
      #expect(isNear(fit.freeEnergy + (fit.gap ?? 0), ceiling, 1e-9))
    }
    let ones = try DiscreteDistribution(variables: 2000, energy: AllOnesForbidden())
    #expect(try ones.fit(.independent, restarts: 2, uniform: uniform()).optimal)
    #expect(try ones.fit(.shared, uniform: uniform()).optimal)
    // One forbidden combination, and one that holds all of the weight.
    let pair = ProductEnergy(tables: [
      FactorTable([0, 1], [.infinity, 0, 0, -1]), FactorTable([2], [.infinity, 0.5]),
    ])
    let p = try DiscreteDistribution(variables: 30, energy: pair)
    let fit = try p.fit(.independent, restarts: 20, uniform: uniform())
    #expect(isNear(fit.freeEnergy + (fit.gap ?? 0), 1 - 0.5 + 29 * log(2), 1e-9))
  }

  /// The search can be cancelled, among faces and among boxes.
  @Test func theSearchCanBeEnded() throws {
    let values = numbers(1 << 12, seed: 6).map { 20 * $0 }
    let p = try DiscreteDistribution(variables: 12, energy: TableEnergy(values: values))
    let states = try Enumeration(p)
    for limit in [1, 2, 50] {
      var calls = 0
      #expect(throws: Fault(.cancelled, "enough")) {
        try BranchAndBound(states, 1, from: states.groundState, effort: BranchAndBound.effort) {
          () throws(Fault) in
          calls += 1
          if calls == limit { throw Fault(.cancelled, "enough") }
        }
      }
      #expect(calls == limit)
    }
    // Without any effort it is asked once.
    let enough = { () throws(Fault) in throw Fault(.cancelled, "enough") }
    #expect(throws: Fault(.cancelled, "enough")) {
      try BranchAndBound(states, 1, from: states.groundState, effort: 0, enough)
    }
    // Each part by itself: faces, of which there are many where states are forbidden; an ascent;
    // and the contraction of a box.
    let weights = states.weights(1).enumerated().map { $0 % 7 == 3 ? 0 : $1 }
    #expect(throws: Fault(.cancelled, "enough")) {
      try FaceSearch(weights: weights, variables: 12, enough: -100, effort: 1 << 30, enough)
    }
    let face = Face(corner: 0, free: (1 << 12) - 1, variables: 12, gains: values)
    var q = [Double](repeating: 0.5, count: 12)
    #expect(throws: Fault(.cancelled, "enough")) {
      try face.ascend(&q, within: .whole(12), sweeps: 1, enough)
    }
    var (box, derivatives) = (Box.whole(12), MixedDerivatives(face))
    #expect(throws: Fault(.cancelled, "enough")) { try derivatives.contract(&box, enough) }
  }

  /// Energies far from zero do not weaken the result.
  @Test func anOffsetChangesNothing() throws {
    let values = [0, 0.3, -3, Double.infinity, 1, 2, .infinity, -2]
    for offset in [0, 1e6, -1e6] {
      let p = try DiscreteDistribution(
        variables: 3, energy: TableEnergy(values: values.map { $0 + offset }), beta: 2)
      let fit = try p.fit(.independent, uniform: uniform())
      let plain = try DiscreteDistribution(
        variables: 3, energy: TableEnergy(values: values), beta: 2
      ).fit(.independent, uniform: uniform())
      #expect(fit.optimal && isNear(fit.freeEnergy + 2 * offset, plain.freeEnergy, 1e-8))
    }
  }
}
