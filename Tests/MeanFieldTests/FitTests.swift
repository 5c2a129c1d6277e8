import Glibc
import JSON
import MeanField
import Testing

@Suite struct Fits {
  @Test func randomTablesWithForbiddenStates() throws {
    for seed in 0..<40 as Range<UInt64> {
      let draws = numbers(64, seed: seed)
      let share = Double(seed % 4) / 2 - 1
      var values = numbers(64, seed: seed + 50).map { 4 * $0 }
      for k in values.indices where draws[k] < share { values[k] = .infinity }
      let p = try DiscreteDistribution(variables: 6, energy: TableEnergy(values: values), beta: 1.3)
      let exact = try p.exact()
      let fit = try p.fit(.independent, uniform: uniform(seed: seed))
      #expect(fit.freeEnergy <= exact.logPartition + 1e-12)
      #expect(fit.freeEnergy.isFinite && fit.meanEnergy.isFinite && fit.converged)
      #expect(fit.q.allSatisfy { (0...1).contains($0) })
      #expect(try #require(fit.divergence) >= 0)
      #expect(try p.divergenceIdentity(of: fit.q).residual < 1e-10)
      #expect(isNear(fit.freeEnergy, fit.entropy - 1.3 * fit.meanEnergy, 1e-12))
      for (before, after) in zip(fit.trace, fit.trace.dropFirst()) {
        #expect(after >= before - 1e-12)
      }
      #expect(!fit.trace.contains { $0.isNaN })
    }
  }

  @Test func everyStepIsTheMaximumOfItsCoordinate() throws {
    let values = numbers(32, seed: 12).map { 3 * $0 }
    let p = try DiscreteDistribution(variables: 5, energy: TableEnergy(values: values), beta: 0.8)
    let fit = try p.fit(.independent, uniform: uniform())
    for i in 0..<5 {
      for other in [0, 0.01, 0.3, 0.5, 0.7, 0.99, 1, fit.q[i] + 1e-4, fit.q[i] - 1e-4] {
        var q = fit.q
        q[i] = min(1, max(0, other))
        #expect(p.freeEnergy(of: q) <= fit.freeEnergy + 1e-14)
      }
    }
  }

  @Test func onlyOneStateIsAllowed() throws {
    for allowed in [0, 5, 15] {
      let values = (0..<16).map { $0 == allowed ? 2.0 : .infinity }
      let p = try DiscreteDistribution(variables: 4, energy: TableEnergy(values: values), beta: 3)
      let fit = try p.fit(.independent, uniform: uniform())
      #expect(fit.q == states(4)[allowed].map { $0 ? 1 : 0 })
      #expect(isNear(fit.freeEnergy, -6, 1e-12) && fit.divergence == 0)
    }
  }

  @Test func theStateOfLowestEnergyIsTheLastResort() throws {
    // At (1/2, 1/2) both values break equally many rules, so the ascent does not move.
    let p = try DiscreteDistribution(
      variables: 2, energy: TableEnergy(values: [1, .infinity, .infinity, 1]))
    let fit = try p.fit(.independent, restarts: 2) { _, _ in 0.5 }
    #expect(fit.q == [0, 0] && fit.freeEnergy == -1)
    #expect(fit.restart == 2 && fit.restarts == 3 && fit.reached == 1)
  }

  @Test func withoutCouplingsTheFitIsExact() throws {
    let fields = numbers(8, seed: 3)
    let p = try DiscreteDistribution(
      variables: 8, energy: IsingEnergy(couplings: [Coupling(0, 1, 0)], fields: fields), beta: 2)
    let fit = try p.fit(.independent, restarts: 3, uniform: uniform())
    #expect(isNear(fit.q, fields.map { 1 / (1 + exp(-4 * $0)) }, 1e-14))
    #expect(isNear(fit.q, try p.exact().marginals, 1e-12))
    #expect(try #require(fit.divergence) < 1e-12)
    #expect(fit.optima == 1 && fit.reached == 3 && fit.restart == 0 && fit.iterations == 2)
  }

  @Test func aChainOfThousandsTakesASecond() throws {
    let count = 5000
    let c = numbers(count, seed: 8)
    let chain = IsingEnergy(
      couplings: (0..<count - 1).map { Coupling($0, $0 + 1, c[$0]) },
      fields: numbers(count, seed: 9))
    let p = try DiscreteDistribution(variables: count, energy: chain)
    let start = ContinuousClock.now
    let fit = try p.fit(.independent, uniform: uniform())
    let time = ContinuousClock.now - start
    // It takes a quarter of a second in release, on an idle machine.
    #expect(time < .seconds(3))
    #expect(fit.converged && fit.divergence == nil && fit.q.count == count)
    // log Z of the chain, by message passing from one end to the other.
    var (low, high, logPartition) = (0.0, 0.0, 0.0)
    for (i, f) in numbers(count, seed: 9).enumerated() {
      if i == 0 {
        (low, high) = (exp(-f), exp(f))
      } else {
        let (same, other) = (exp(c[i - 1]), exp(-c[i - 1]))
        (low, high) = ((low * same + high * other) * exp(-f), (low * other + high * same) * exp(f))
      }
      logPartition += log(low + high)
      (low, high) = (low / (low + high), high / (low + high))
    }
    #expect(fit.freeEnergy < logPartition && fit.freeEnergy > 0.9 * logPartition)
    let shared = try p.fit(.shared, uniform: uniform())
    #expect(shared.freeEnergy < fit.freeEnergy)
  }

  @Test func manyOnesForbidden() throws {
    let p = try DiscreteDistribution(variables: 2000, energy: AllOnesForbidden())
    let fit = try p.fit(.independent, restarts: 2, uniform: uniform())
    #expect(fit.q.count { $0 == 0 } == 1 && fit.q.count { $0 == 0.5 } == 1999)
    #expect(isNear(fit.freeEnergy, 1999 * log(2), 1e-9))
    #expect(try p.fit(.shared, uniform: uniform()).q.allSatisfy { $0 == 0 })
  }

  @Test func sharedIsTheGlobalMaximum() throws {
    for seed in 0..<20 as Range<UInt64> {
      let values = numbers(128, seed: seed).map { 20 * $0 }
      for beta in [0, 0.1, 1, 30] {
        let p = try DiscreteDistribution(
          variables: 7, energy: TableEnergy(values: values), beta: beta)
        let fit = try p.fit(.shared, uniform: uniform())
        #expect(Set(fit.q).count == 1)
        #expect(isNear(p.freeEnergy(of: fit.q), fit.freeEnergy, 1e-9))
        for k in 0...1000 {
          let q = Array(repeating: Double(k) / 1000, count: 7)
          #expect(p.freeEnergy(of: q) <= fit.freeEnergy + 1e-12 * max(1, fit.freeEnergy.magnitude))
        }
        #expect(
          fit.freeEnergy <= (try p.fit(.independent, uniform: uniform()).freeEnergy) + 1e-9)
      }
    }
  }

  /// The Curie-Weiss model: F'(q) = 0 is m = tanh(beta (c (N - 1) m + f)) with m = 2 q - 1.
  @Test(arguments: [(0.5, 0.01), (2.0, 0.01), (2.0, -0.01), (2.0, 0.0), (400.0, 1.0)])
  func sharedSpinsFollowTheCurieWeissEquation(beta: Double, field: Double) throws {
    let count = 12
    let c = 1.0 / Double(count - 1)
    var couplings: [Coupling] = []
    for i in 0..<count { for j in 0..<i { couplings.append(Coupling(i, j, c)) } }
    let p = try DiscreteDistribution(
      variables: count,
      energy: IsingEnergy(couplings: couplings, fields: Array(repeating: field, count: count)),
      beta: beta)
    let fit = try p.fit(.shared, uniform: uniform())
    let m = 2 * fit.q[0] - 1
    #expect(isNear(m, tanh(beta * (m + field)), 1e-12))
    #expect(beta < 1 || m.magnitude > 0.9)
    #expect(field == 0 || (m > 0) == (field > 0))
    // Both signs are maxima above the critical point, and they are equal without a field.
    #expect(fit.reached == (field == 0 && beta > 1 ? 2 : 1))
  }

  @Test func sharedTakesTheBetterEnd() throws {
    let p = try DiscreteDistribution(
      variables: 2, energy: TableEnergy(values: [1, .infinity, 0, 0.5]))
    let fit = try p.fit(.shared, uniform: uniform())
    #expect(fit.q == [1, 1] && fit.freeEnergy == -0.5 && fit.converged)
  }

  @Test func theSameSeedGivesTheSameFit() throws {
    let p = try Reference().ising(beta: 1)
    let fit = try p.fit(.independent, restarts: 8, uniform: uniform(seed: 5))
    #expect(fit == (try p.fit(.independent, restarts: 8, uniform: uniform(seed: 5))))
    #expect(fit.trace.count == fit.iterations && fit.trace.last == fit.freeEnergy)
    #expect((0..<8).contains(fit.restart) && fit.restarts == 8)
  }

  @Test func aFitCanBeEnded() throws {
    let p = try Reference().ising(beta: 1)
    var calls = 0
    #expect {
      try p.fit(.independent, uniform: uniform()) { () throws(Fault) in
        calls += 1
        if calls == 3 { throw Fault(.cancelled, "cancelled") }
      }
    } throws: {
      ($0 as? Fault)?.kind == .cancelled
    }
    #expect(calls == 3)
  }
}
