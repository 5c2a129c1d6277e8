import Glibc
import JSON
import MeanField
import Testing

@Suite struct ExactAnswers {
  @Test(arguments: [0, 0.3, 1, 4.0])
  func theThreeWaysToWriteAModelAgree(beta: Double) throws {
    let distributions = try sameModel(7, seed: 2).map {
      try DiscreteDistribution(variables: 7, energy: $0, beta: beta)
    }
    let first = try distributions[0].exact()
    for p in distributions.dropFirst() {
      let exact = try p.exact()
      #expect(isNear(exact.logPartition, first.logPartition, 1e-12))
      #expect(isNear(exact.marginals, first.marginals, 1e-12))
      #expect(isNear(exact.entropy, first.entropy, 1e-12))
      for family in Family.allCases {
        let fit = try p.fit(family, uniform: uniform())
        let other = try distributions[0].fit(family, uniform: uniform())
        #expect(isNear(fit.freeEnergy, other.freeEnergy, 1e-12))
      }
    }
  }

  /// Enumeration has a checkpoint between its passes over the states.
  @Test func endsAtACheckpoint() throws {
    let p = try DiscreteDistribution(variables: 4, energy: sameModel(4, seed: 1)[0])
    var count = 0
    _ = try p.exact { () throws(Fault) in count += 1 }
    #expect(count >= 8, "the energies, the marginals, three identities, and the derivative")
    for place in 1...count {
      var passed = 0
      #expect(throws: Fault(.cancelled, "enough")) {
        try p.exact { () throws(Fault) in
          passed += 1
          if passed == place { throw Fault(.cancelled, "enough") }
        }
      }
      #expect(passed == place)
    }
    var looks = 0
    _ = try p.curve(over: [0.5, 1, 2], restarts: 1, uniform: uniform()) { () throws(Fault) in
      looks += 1
    }
    var sweeps = 0
    for beta in [0.5, 1, 2] {
      // This excludes the fit's checkpoint before its first sweep.
      _ = try p.at(beta: beta).fit(.independent, restarts: 1, uniform: uniform()) {
        () throws(Fault) in sweeps += 1
      }
      sweeps -= 1
    }
    #expect(looks == sweeps + 3, "and one for each log Z")
  }

  @Test func twoVariablesByHand() throws {
    let energy = TableEnergy(values: [0, 1, 2, .infinity])
    let p = try DiscreteDistribution(variables: 2, energy: energy, beta: log(2))
    // Weights 1, 1/2, 1/4 and 0.
    let exact = try p.exact()
    #expect(isNear(exact.logPartition, log(1.75), 1e-15))
    #expect(isNear(exact.marginals, [1.0 / 7, 2.0 / 7], 1e-15))
    #expect(isNear(exact.meanEnergy, 4.0 / 7, 1e-15))
    let entropy = 4.0 / 7 * log(1.75) + 2.0 / 7 * log(3.5) + 1.0 / 7 * log(7)
    #expect(isNear(exact.entropy, entropy, 1e-15))
    // F of q = (0, 1/2): energy 1/2, entropy log 2.
    #expect(isNear(p.freeEnergy(of: [0, 0.5]), 0.5 * log(2), 1e-15))
  }

  @Test func theIdentitiesHold() throws {
    let values = numbers(256, seed: 4).map { 5 * $0 }
    let holes = values.enumerated().map { $0 % 3 == 1 ? .infinity : $1 }
    let offset = values.map { $0 + 1e6 }
    for (energies, tolerance) in [(values, 1e-10), (holes, 1e-10), (offset, 1e-8)] {
      for beta in [0, 0.01, 0.7, 3, 60] {
        let p = try DiscreteDistribution(
          variables: 8, energy: TableEnergy(values: energies), beta: beta)
        let identities = try p.exact().identities
        #expect(identities.divergence.map(\.q) == ["exact", "uniform", "marginals", "ground"])
        for identity in identities.divergence {
          #expect(identity.residual <= tolerance * max(1, beta))
          #expect(identity.enumerated >= -1e-12)
        }
        #expect(identities.divergence[1].enumerated.isFinite == (energies != holes))
        #expect(identities.divergence[3].enumerated.isFinite)
        #expect(identities.meanEnergy.residual <= tolerance)
      }
    }
  }

  @Test func theDivergenceOfAFitIsTheSumOverTheStates() throws {
    let p = try Reference().ising(beta: 0.5)
    let fit = try p.fit(.independent, uniform: uniform())
    let identity = try p.divergenceIdentity(of: fit.q)
    #expect(isNear(identity.enumerated, try #require(fit.divergence), 1e-12))
    #expect(identity.residual <= 1e-12 && identity.enumerated > 0.5)
  }

  @Test func lowTemperaturesDoNotOverflow() throws {
    let p = try DiscreteDistribution(
      variables: 3, energy: TableEnergy(values: [-7, 3, 0, 5, -7, 8, 9, 1]), beta: 1e5)
    let exact = try p.exact()
    #expect(isNear(exact.logPartition, 7e5 + log(2), 1e-9))
    #expect(isNear(exact.entropy, log(2), 1e-12))
    #expect(isNear(exact.marginals, [0.5, 0, 0], 0))
    #expect(isNear(exact.identities.meanEnergy.derivative, -7, 1e-9))
  }

  @Test func forbiddenStatesStayForbiddenAtBetaZero() throws {
    let p = try DiscreteDistribution(variables: 4, energy: AllOnesForbidden(), beta: 0)
    let exact = try p.exact()
    #expect(isNear(exact.logPartition, log(15), 1e-14))
    #expect(exact.meanEnergy == 0)
    #expect(try p.fit(.independent, uniform: uniform()).q.contains(0))
  }

  @Test func aMillionStatesTakeAMoment() throws {
    let count = DiscreteDistribution.enumerable
    let c = numbers(count, seed: 6)
    let ring = IsingEnergy(couplings: (0..<count).map { Coupling($0, ($0 + 1) % count, c[$0]) })
    let clock = ContinuousClock()
    let start = clock.now
    let exact = try DiscreteDistribution(variables: count, energy: ring).exact()
    let time = clock.now - start
    // A ring without fields, by its transfer matrix: Z = prod 2 cosh c + prod 2 sinh c.
    let z = c.reduce(1) { $0 * 2 * cosh($1) } + c.reduce(1) { $0 * 2 * sinh($1) }
    #expect(isNear(exact.logPartition, log(z), 1e-12))
    #expect(isNear(exact.marginals, Array(repeating: 0.5, count: count), 1e-12))
    #expect(exact.identities.meanEnergy.residual < 1e-10)
    #expect(time < .seconds(10))
  }

  @Test func chartsGetWhatTheyDraw() throws {
    let p = try DiscreteDistribution(variables: 2, energy: AllOnesForbidden())
    let chart = try p.probabilities(beside: [0, 0.5])
    #expect(chart.states == ["00", "01", "10", "11"])
    #expect(isNear(chart.p, [1.0 / 3, 1.0 / 3, 1.0 / 3, 0], 1e-15))
    #expect(chart.q == [0.5, 0.5, 0, 0])
    let ising = try Reference().ising(beta: 1)
    let betas = [0, 0.2, 0.5, 1]
    let curve = try ising.curve(over: betas, uniform: uniform())
    let log2 = 9 * log(2.0)
    #expect(isNear(curve.independent[0], log2, 1e-12) && isNear(curve.shared[0], log2, 1e-12))
    #expect(isNear(curve.independent[3], 10.215438459385666, 1e-8))
    let exact = try #require(curve.logPartition)
    for k in 1..<betas.count {
      #expect(curve.shared[k] < curve.independent[k] && curve.independent[k] < exact[k])
    }
  }
}
