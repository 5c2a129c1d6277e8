import Glibc
import JSON
import MeanField
import Testing

/// Returns uniform numbers as a function of (seed, restart, variable), by the finaliser of
/// SplitMix64 (Steele, Lea and Flood, 2014).
func uniform(seed: UInt64 = 0) -> (Int, Int) -> Double {
  { restart, variable in
    var word = (seed << 40 ^ UInt64(restart) << 20 ^ UInt64(variable)) &* 0x9E37_79B9_7F4A_7C15
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return Double((word ^ word >> 31) >> 11) / 9_007_199_254_740_992
  }
}

/// Returns reproducible numbers from -1 to 1.
func numbers(_ count: Int, seed: UInt64) -> [Double] {
  let draw = uniform(seed: seed)
  return (0..<count).map { 2 * draw(7, $0) - 1 }
}

/// Returns the states of N variables in lexicographic order.
func states(_ count: Int) -> [[Bool]] {
  (0..<1 << count).map { state in (0..<count).map { state >> (count - 1 - $0) & 1 == 1 } }
}

/// Returns E[energy] of independent variables by its definition: a sum over all states.
func bruteForce(_ energy: any Energy, _ q: [Double]) -> Double {
  var sum = 0.0
  for state in states(q.count) {
    var probability = 1.0
    for (q, isOne) in zip(q, state) { probability *= isOne ? q : 1 - q }
    if probability > 0 { sum += probability * energy.value(of: state) }
  }
  return sum
}

/// Returns a ring with couplings and fields of either sign, written in three ways.
func sameModel(_ count: Int, seed: UInt64) -> [any EnergyModule] {
  let c = numbers(count, seed: seed)
  let f = numbers(count, seed: seed + 100)
  let couplings = (0..<count).map { Coupling($0, ($0 + 1) % count, c[$0]) }
  let pairs = couplings.map { FactorTable([$0.j, $0.i], [-$0.c, $0.c, $0.c, -$0.c]) }
  let singles = f.enumerated().map { FactorTable([$0], [$1, -$1]) }
  let values = states(count).map { state in
    let s = state.map { $0 ? 1.0 : -1.0 }
    let coupled = couplings.reduce(0.0) { $0 + $1.c * s[$1.i] * s[$1.j] }
    return -coupled - zip(f, s).reduce(0.0) { $0 + $1.0 * $1.1 }
  }
  return [
    IsingEnergy(couplings: couplings, fields: f), ProductEnergy(tables: pairs + singles),
    TableEnergy(values: values),
  ]
}

func isNear(_ a: Double, _ b: Double, _ tolerance: Double) -> Bool {
  a == b || (a - b).magnitude <= tolerance
}

func isNear(_ a: [Double], _ b: [Double], _ tolerance: Double) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { isNear($0, $1, tolerance) }
}
