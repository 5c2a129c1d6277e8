import Glibc

/// A sum of energies of single variables and of pairs, over any graph.
///
/// energy(w) = sum_i u_i(w_i) + sum_(i, j) t_ij(w_i, w_j). The Ising model and the product of
/// tables both have this form; neighbours are stored sparsely, so that a sweep visits every pair
/// once from each end.
struct PairwiseEnergy: Energy {
  /// A pair, seen from one of its ends: `values[2 a + b]` is the energy if this end is a and the
  /// other is b.
  private struct Neighbour: Sendable {
    let other: Int
    let finite: SIMD4<Double>
    let forbidden: SIMD4<Double>
    let isFinite: Bool

    init(_ other: Int, _ values: SIMD4<Double>) {
      self.other = other
      var finite = values
      finite.replace(with: 0, where: values .== .infinity)
      self.finite = finite
      forbidden = SIMD4<Double>(repeating: 0).replacing(with: 1, where: values .== .infinity)
      isFinite = forbidden == SIMD4(repeating: 0)
    }

    func energy(_ own: Int, _ other: Int) -> ExpectedEnergy {
      let place = 2 * own + other
      return ExpectedEnergy(finite: finite[place], forbidden: forbidden[place])
    }

    /// Adds the mean energy over the other end, with this end at `own`.
    func add(to sum: inout ExpectedEnergy, own: Int, _ q: Double) {
      if isFinite {
        sum.finite += (1 - q) * finite[2 * own] + q * finite[2 * own + 1]
      } else {
        sum.add(energy(own, 0), weight: 1 - q)
        sum.add(energy(own, 1), weight: q)
      }
    }
  }

  let variables: Int
  let magnitude: Double
  private var singles: [(zero: ExpectedEnergy, one: ExpectedEnergy)]
  private var neighbours: [[Neighbour]]

  /// `singles`: (variable, energies at 0 and 1); `pairs`: (i, j, energies at 00, 01, 10, 11), i !=
  /// j. Repeated entries are added; +infinity forbids.
  init(
    variables: Int, singles terms: [(Int, Double, Double)], pairs: [(Int, Int, SIMD4<Double>)]
  ) {
    self.variables = variables
    singles = Array(repeating: (ExpectedEnergy(), ExpectedEnergy()), count: variables)
    neighbours = Array(repeating: [], count: variables)
    var magnitude = 0.0
    for (i, zero, one) in terms {
      singles[i].zero += ExpectedEnergy(zero)
      singles[i].one += ExpectedEnergy(one)
      magnitude += max(
        ExpectedEnergy(zero).finite.magnitude, ExpectedEnergy(one).finite.magnitude)
    }
    for (i, j, values) in pairs {
      let seen = Neighbour(j, values)
      neighbours[i].append(seen)
      neighbours[j].append(Neighbour(i, SIMD4(values[0], values[2], values[1], values[3])))
      magnitude += max(seen.finite.max(), -seen.finite.min())
    }
    self.magnitude = magnitude
  }

  func value(of state: [Bool]) -> Double {
    expectation(under: state.map { $0 ? 1 : 0 }).value
  }

  /// Adds one variable at a time: each state of the table over the first k splits in two.
  ///
  /// This costs O(2^N degree), as a walk along a Gray code does, but without the rounding errors
  /// that such a walk accumulates.
  func table() -> [Double] {
    var table = [Double](repeating: 0, count: 1 << variables)
    for k in 0..<variables {
      let (zero, one) = (singles[k].zero.value, singles[k].one.value)
      let earlier = neighbours[k].filter { $0.other < k }
      // Downwards, since the two new states of s are at 2 s and 2 s + 1.
      for state in stride(from: (1 << k) - 1, through: 0, by: -1) {
        var energies = (table[state] + zero, table[state] + one)
        for neighbour in earlier {
          let bit = state >> (k - 1 - neighbour.other) & 1
          energies.0 += neighbour.energy(0, bit).value
          energies.1 += neighbour.energy(1, bit).value
        }
        table[2 * state] = energies.0
        table[2 * state + 1] = energies.1
      }
    }
    return table
  }

  func expectation(under q: [Double]) -> ExpectedEnergy {
    var finite = CompensatedSum()
    var forbidden = 0.0
    for i in 0..<variables {
      var (zero, one) = singles[i]
      for neighbour in neighbours[i] where neighbour.other > i {
        neighbour.add(to: &zero, own: 0, q[neighbour.other])
        neighbour.add(to: &one, own: 1, q[neighbour.other])
      }
      finite.add((1 - q[i]) * zero.finite + q[i] * one.finite)
      forbidden += product(1 - q[i], zero.forbidden) + product(q[i], one.forbidden)
    }
    return ExpectedEnergy(finite: finite.value, forbidden: forbidden)
  }

  func sweep(
    _ q: inout [Double], _ isPending: inout [Bool],
    _ step: (_ zero: ExpectedEnergy, _ one: ExpectedEnergy) -> Double
  ) {
    for i in 0..<variables where isPending[i] {
      isPending[i] = false
      var (zero, one) = singles[i]
      for neighbour in neighbours[i] {
        neighbour.add(to: &zero, own: 0, q[neighbour.other])
        neighbour.add(to: &one, own: 1, q[neighbour.other])
      }
      let moved = step(zero, one)
      if moved == q[i] { continue }
      q[i] = moved
      for neighbour in neighbours[i] { isPending[neighbour.other] = true }
    }
  }

  /// Bounds each variable by its best value, and each pair by its lowest energy.
  func ceiling(beta: Double) -> Double {
    var sum = CompensatedSum()
    for i in 0..<variables {
      let weights = [singles[i].zero, singles[i].one].filter { $0.forbidden == 0 }
        .map { -beta * $0.finite }
      let top = weights.max() ?? -.infinity
      if top.isFinite { sum.add(top + log(weights.reduce(0) { $0 + exp($1 - top) })) }
      for pair in neighbours[i] where pair.other > i {
        let allowed = (0..<4).filter { pair.forbidden[$0] == 0 }.map { pair.finite[$0] }
        sum.add(-beta * (allowed.min() ?? 0))
      }
    }
    return sum.value
  }

  /// Degree 2: all zeros, one of each, all ones.
  var shared: [ExpectedEnergy] {
    var sums = [ExpectedEnergy](repeating: ExpectedEnergy(), count: 3)
    for i in 0..<variables {
      let (zero, one) = singles[i]
      sums[0] += zero
      sums[1].add(zero, weight: 0.5)
      sums[1].add(one, weight: 0.5)
      sums[2] += one
      for neighbour in neighbours[i] where neighbour.other > i {
        sums[0] += neighbour.energy(0, 0)
        sums[1].add(neighbour.energy(0, 1), weight: 0.5)
        sums[1].add(neighbour.energy(1, 0), weight: 0.5)
        sums[2] += neighbour.energy(1, 1)
      }
    }
    return sums
  }
}
