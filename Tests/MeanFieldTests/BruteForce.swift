import Glibc
import JSON

@testable import MeanField

/// Coordinate ascent in every face of the cube, and a grid: references that share no code with the
/// program.
struct BruteForce {
  let variables: Int
  let energies: [Double]
  let beta: Double

  /// Returns F at q by its definition: a sum over all states, -infinity if a forbidden one is
  /// reached.
  func freeEnergy(_ q: [Double]) -> Double {
    var sum = 0.0
    for state in 0..<energies.count {
      var probability = 1.0
      for i in 0..<variables {
        probability *= state >> (variables - 1 - i) & 1 == 1 ? q[i] : 1 - q[i]
      }
      if probability > 0 { sum -= probability * energies[state] * beta }
      if probability > 0, energies[state] == .infinity { return -.infinity }
    }
    for q in q where q > 0 && q < 1 { sum -= q * log(q) + (1 - q) * log(1 - q) }
    return sum
  }

  /// Returns the best of coordinate ascents from `starts` starts in each of the 3^N faces without a
  /// forbidden state.
  func best(starts: Int, seed: UInt64) -> Double {
    let draw = uniform(seed: seed)
    var best = -Double.infinity
    var faces = 1
    for _ in 0..<variables { faces *= 3 }
    for face in 0..<faces {
      var (free, corner, rest) = ([Int](), [Double](repeating: 0, count: variables), face)
      for i in 0..<variables {
        if rest % 3 == 2 { free.append(i) } else { corner[i] = Double(rest % 3) }
        rest /= 3
      }
      guard freeEnergy(corner.enumerated().map { free.contains($0) ? 0.5 : $1 }) > -.infinity else {
        continue
      }
      for start in 0..<(free.isEmpty ? 1 : starts) {
        var q = corner
        for i in free { q[i] = draw(face * 1000 + start, i) }
        climb(&q, free)
        best = max(best, freeEnergy(q))
      }
    }
    return best
  }

  private func climb(_ q: inout [Double], _ free: [Int]) {
    // The states of the face, the first free variable slowest.
    var states = [
      zip(q, 0...).reduce(0) {
        $0 | (free.contains($1.1) ? 0 : Int($1.0)) << (variables - 1 - $1.1)
      }
    ]
    for i in free { states = states.flatMap { [$0, $0 | 1 << (variables - 1 - i)] } }
    let gains = states.map { -beta * energies[$0] }
    var work = gains
    for _ in 0..<100 {
      var farthest = 0.0
      for (place, i) in free.enumerated() {
        // Folds all variables but this one at their q.
        for k in gains.indices { work[k] = gains[k] }
        var count = gains.count
        for (other, j) in free.enumerated().reversed() where other != place {
          let stride = other < place ? 2 : 1
          count /= 2
          for k in 0..<count {
            let at = k / stride * 2 * stride + k % stride
            work[k] = (1 - q[j]) * work[at] + q[j] * work[at + stride]
          }
        }
        let next = 1 / (1 + exp(work[0] - work[1]))
        farthest = max(farthest, abs(next - q[i]))
        q[i] = next
      }
      if farthest < 1e-10 { return }
    }
  }

  /// Returns the best on a grid that includes 0 and 1.
  func bestOnGrid(_ steps: Int) -> Double {
    var best = -Double.infinity
    var points = 1
    for _ in 0..<variables { points *= steps + 1 }
    for point in 0..<points {
      var rest = point
      let q = (0..<variables).map { _ in
        defer { rest /= steps + 1 }
        return Double(rest % (steps + 1)) / Double(steps)
      }
      best = max(best, freeEnergy(q))
    }
    return best
  }

  func bestShared(_ steps: Int) -> Double {
    (0...steps).map { k in
      freeEnergy(Array(repeating: Double(k) / Double(steps), count: variables))
    }.max() ?? -.infinity
  }
}

/// Random problems with forbidden states: tables of every density, and products of tables that
/// forbid combinations.
struct Problem: CustomStringConvertible {
  let variables: Int
  let seed: UInt64
  let isProduct: Bool
  var description: String { "\(isProduct ? "product" : "table") over \(variables), seed \(seed)" }

  func distribution() throws -> DiscreteDistribution? {
    let scale = [0.5, 2, 6, 20][Int(seed % 4)]
    let draws = uniform(seed: seed &+ 1000)
    let energy: any EnergyModule
    if isProduct {
      var tables: [FactorTable] = []
      for i in 0..<variables {
        tables.append(FactorTable([i], numbers(2, seed: seed &+ UInt64(i)).map { scale * $0 }))
        for j in 0..<i where draws(i, j) < 0.6 {
          var values = numbers(4, seed: seed &+ UInt64(100 + i * 10 + j)).map { scale * $0 }
          if draws(i + 20, j) < 0.5 { values[Int(4 * draws(i + 40, j))] = .infinity }
          tables.append(FactorTable([i, j], values))
        }
      }
      energy = ProductEnergy(tables: tables)
    } else {
      var values = numbers(1 << variables, seed: seed &+ 7).map { scale * $0 }
      let forbidden = 1 + Int(8 * draws(0, 0))
      for k in 0..<forbidden { values[Int(Double(values.count) * draws(1, k))] = .infinity }
      energy = TableEnergy(values: values)
    }
    let p = try? DiscreteDistribution(variables: variables, energy: energy, beta: 0.9)
    return p.flatMap { $0.energy.table().contains { $0.isFinite } ? $0 : nil }
  }
}
