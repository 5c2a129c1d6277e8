import Glibc
import JSON
import MeanField
import Testing

@Suite struct Energies {
  /// Returns random energies of every kind over six variables, half of them with forbidden states.
  static func all() throws -> [any Energy] {
    let values = numbers(64, seed: 5)
    let holes = values.enumerated().map { $0 % 7 == 3 ? .infinity : $1 }
    let tables = (0..<12).map { k in
      let c = numbers(4, seed: UInt64(20 + k))
      let (i, j) = (k % 6, (k + 1 + k / 6) % 6)
      return FactorTable([i, j], k % 5 == 0 ? [c[0], .infinity, c[2], c[3]] : c)
    }
    let bound = { (energy: any EnergyModule) in
      try DiscreteDistribution(variables: 6, energy: energy).energy
    }
    return try sameModel(6, seed: 9).map(bound) + [
      try bound(TableEnergy(values: values)), try bound(TableEnergy(values: holes)),
      try bound(ProductEnergy(tables: tables + [FactorTable([2], [.infinity, 0.5])])),
      try bound(AllOnesForbidden()),
    ]
  }

  static let marginals: [[Double]] = [
    [0.3, 0.9, 0.5, 0.2, 0.7, 0.6], [0, 1, 1, 0, 0.5, 0.25], [0, 0, 1, 0, 0, 1],
    Array(repeating: 0, count: 6), Array(repeating: 1, count: 6),
    numbers(6, seed: 1).map { ($0 + 1) / 2 },
  ]

  @Test func tablesListTheEnergiesOfTheStates() throws {
    for energy in try Self.all() {
      #expect(isNear(energy.table(), states(6).map(energy.value), 1e-12))
    }
  }

  @Test func meansAreThoseOfTheDefinition() throws {
    for energy in try Self.all() {
      for q in Self.marginals {
        #expect(isNear(energy.expectation(under: q).value, bruteForce(energy, q), 1e-12))
      }
    }
  }

  @Test func conditionalMeansDifferAsThoseOfTheDefinition() throws {
    for energy in try Self.all() {
      for start in Self.marginals {
        var q = start
        var i = 0
        var isPending = Array(repeating: true, count: 6)
        energy.sweep(&q, &isPending) { zero, one in
          // Variables before i already have their new q.
          var given = start
          for j in 0..<i { given[j] = 1 - start[j] }
          given[i] = 0
          let low = bruteForce(energy, given)
          given[i] = 1
          let high = bruteForce(energy, given)
          if low.isFinite, high.isFinite {
            #expect(zero.forbidden == 0 && one.forbidden == 0)
            #expect(isNear(one.finite - zero.finite, high - low, 1e-12))
          } else if low.isFinite != high.isFinite {
            #expect((zero.forbidden < one.forbidden) == low.isFinite)
          }
          i += 1
          return 1 - start[i - 1]
        }
        #expect(i == 6 && isNear(q, start.map { 1 - $0 }, 0))
      }
    }
  }

  @Test func sharedPolynomialsAreTheMeans() throws {
    for energy in try Self.all() {
      let coefficients = energy.shared
      let degree = coefficients.count - 1
      for q in [0, 0.1, 0.37, 0.5, 0.93, 1] {
        var sum = 0.0
        var binomial = 1.0
        for (k, coefficient) in coefficients.enumerated() {
          let weight = binomial * pow(q, Double(k)) * pow(1 - q, Double(degree - k))
          if weight > 0 { sum += weight * coefficient.value }
          binomial *= Double(degree - k) / Double(k + 1)
        }
        let mean = bruteForce(energy, Array(repeating: q, count: 6))
        #expect(isNear(sum, mean, 1e-12))
      }
    }
  }

  @Test func aForbiddenStateOfTinyProbabilityIsNotForgotten() throws {
    let energy = try DiscreteDistribution(variables: 3000, energy: AllOnesForbidden()).energy
    #expect(energy.expectation(under: Array(repeating: 0.5, count: 3000)).value == .infinity)
    #expect(energy.expectation(under: [0] + Array(repeating: 1, count: 2999)).value == 0)
    let table = try DiscreteDistribution(
      variables: 2, energy: TableEnergy(values: [0, 0, 0, .infinity]))
    #expect(table.freeEnergy(of: [1e-200, 1e-200]) == -.infinity)
  }

  @Test func repeatedTablesAddUp() throws {
    let one = FactorTable([1, 0], [1, 2, 3, 4])
    let other = FactorTable([0, 1], [10, 20, 30, 40])
    let energy = try DiscreteDistribution(
      variables: 2, energy: ProductEnergy(tables: [one, other])
    )
    .energy
    #expect(energy.table() == [11, 23, 32, 44])
  }

  @Test func examplesDecodeToThemselves() throws {
    for row in EnergyKind.registry.rows {
      for example in row.examples {
        let part = try EnergyKind.registry.decode(example)
        #expect(part.json == example)
        let p = try DiscreteDistribution(variables: 2, energy: part.product)
        #expect(try p.exact().logPartition.isFinite)
      }
    }
  }

  @Test func aTableOfAFileIsReadByTheCaller() throws {
    var energy = TableEnergy()
    energy.path = "energies.npy"
    let p = try DiscreteDistribution(variables: 1, energy: energy) { (path) throws(Fault) in
      #expect(path == "energies.npy")
      return [0, log(3)]
    }
    #expect(isNear(try p.exact().marginals, [0.25], 1e-15))
  }
}
