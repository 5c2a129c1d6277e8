import JSON
import MeanField
import Testing

@Suite struct Refusals {
  @Test(arguments: [
    (2, "{\"type\":\"table\",\"values\":[0,1,2]}", "energy.values"),
    (2, "{\"type\":\"table\",\"values\":[0,1,2,\"NaN\"]}", "energy.values[3]"),
    (2, "{\"type\":\"table\",\"values\":[0,\"-Infinity\",2,3]}", "energy.values[1]"),
    (1, "{\"type\":\"table\",\"values\":[\"Infinity\",\"Infinity\"]}", "energy.values"),
    (1, "{\"type\":\"table\",\"values\":[0,1e301]}", "energy"),
    (1, "{\"type\":\"table\"}", "energy.values"),
    (1, "{\"type\":\"table\",\"values\":[0,1],\"path\":\"a.npy\"}", "energy.values"),
    (1, "{\"type\":\"table\",\"path\":\"a.npy\"}", "energy.path"),
    (21, "{\"type\":\"table\",\"values\":[0,1]}", "energy.values"),
    (3, "{\"type\":\"ising\",\"couplings\":[[0,3,1]]}", "energy.couplings[0][1]"),
    (3, "{\"type\":\"ising\",\"couplings\":[[-1,2,1]]}", "energy.couplings[0][0]"),
    (3, "{\"type\":\"ising\",\"couplings\":[[0,1,1],[2,2,1]]}", "energy.couplings[1]"),
    (3, "{\"type\":\"ising\",\"couplings\":[[0,1,1],[1,0,1]]}", "energy.couplings[1]"),
    (3, "{\"type\":\"ising\",\"couplings\":[[0,1,\"Infinity\"]]}", "energy.couplings[0][2]"),
    (3, "{\"type\":\"ising\",\"couplings\":[[0,1]]}", "energy.couplings[0]"),
    (3, "{\"type\":\"ising\",\"couplings\":[[0,0.5,1]]}", "energy.couplings[0][1]"),
    (3, "{\"type\":\"ising\",\"fields\":[1,2]}", "energy.fields"),
    (2, "{\"type\":\"ising\",\"fields\":[1,\"NaN\"]}", "energy.fields[1]"),
    (2, "{\"type\":\"ising\",\"field\":[1,2]}", "energy.field"),
    (2, "{\"type\":\"product\"}", "energy.tables"),
    (2, "{\"type\":\"product\",\"tables\":[{\"values\":[1,2,3,4]}]}", "energy.tables[0].variables"),
    (
      2, "{\"type\":\"product\",\"tables\":[{\"variables\":[],\"values\":[1]}]}",
      "energy.tables[0].variables"
    ),
    (
      2, "{\"type\":\"product\",\"tables\":[{\"variables\":[0,2],\"values\":[1,2,3,4]}]}",
      "energy.tables[0].variables[1]"
    ),
    (
      2, "{\"type\":\"product\",\"tables\":[{\"variables\":[1,1],\"values\":[1,2,3,4]}]}",
      "energy.tables[0].variables"
    ),
    (
      2, "{\"type\":\"product\",\"tables\":[{\"variables\":[0,1],\"values\":[1,2]}]}",
      "energy.tables[0].values"
    ),
    (
      2, "{\"type\":\"product\",\"tables\":[{\"variables\":[0],\"values\":[1,\"NaN\"]}]}",
      "energy.tables[0].values[1]"
    ),
    (2, "{\"type\":\"allOnesForbiden\"}", "energy.type"),
    (0, "{\"type\":\"allOnesForbidden\"}", "variables"),
    (100_001, "{\"type\":\"allOnesForbidden\"}", "variables"),
  ])
  func badEnergies(variables: Int, text: String, path: String) throws {
    let json = try JSON(parsing: text)
    do {
      let part = try within("energy") { () throws(Fault) in try EnergyKind.registry.decode(json) }
      _ = try DiscreteDistribution(variables: variables, energy: part.product)
      Issue.record("accepted \(text)")
    } catch {
      #expect(error.kind == .params && error.path == path, "\(error)")
      #expect(error.expected != nil && error.got != nil && !error.message.isEmpty)
    }
  }

  @Test(arguments: [-1, -0.001, .nan, .infinity])
  func badBetas(beta: Double) throws {
    #expect(
      fault { try DiscreteDistribution(variables: 2, energy: AllOnesForbidden(), beta: beta) }?
        .path == "beta")
    let p = try DiscreteDistribution(variables: 2, energy: AllOnesForbidden())
    #expect(fault { try p.at(beta: beta) }?.path == "beta")
  }

  @Test func tooManyVariablesSayWhatWorksInstead() throws {
    let p = try DiscreteDistribution(variables: 21, energy: AllOnesForbidden())
    let came = try #require(fault { try p.exact() })
    #expect(came.kind == .resultTooLarge && came.expected == "at most 20 variables")
    #expect(came.hint?.contains("meanField.fit") == true)
    #expect(try p.logPartition() == nil)
    let drawn = try DiscreteDistribution(variables: 11, energy: AllOnesForbidden())
    let q = Array(repeating: 0.0, count: 11)
    #expect(fault { try drawn.probabilities(beside: q) }?.kind == .resultTooLarge)
  }

  @Test func allStatesForbidden() throws {
    let energy = ProductEnergy(tables: [
      FactorTable([0], [0, .infinity]), FactorTable([0], [.infinity, 0]),
    ])
    let few = try DiscreteDistribution(variables: 3, energy: energy)
    #expect(fault { try few.exact() }?.kind == .support)
    #expect(fault { try few.fit(.independent, uniform: uniform()) }?.kind == .support)
    let many = try DiscreteDistribution(variables: 100, energy: energy)
    #expect(fault { try many.fit(.independent, uniform: uniform()) }?.kind == .support)
  }

  @Test func noSharedMarginalAvoidsBothEnds() throws {
    let p = try DiscreteDistribution(
      variables: 2, energy: TableEnergy(values: [.infinity, 0, 0, .infinity]))
    let came = try #require(fault { try p.fit(.shared, uniform: uniform()) })
    #expect(came.kind == .support && came.path == "family")
    #expect(try p.fit(.independent, uniform: uniform()).q.sorted() == [0, 1])
    #expect(try p.curve(over: [1], uniform: uniform()).shared == [-.infinity])
  }

  @Test(arguments: [0, -1, 10_001]) func restarts(count: Int) throws {
    let p = try DiscreteDistribution(variables: 2, energy: AllOnesForbidden())
    let came = fault { try p.fit(.independent, restarts: count, uniform: uniform()) }
    #expect(came?.path == "restarts")
  }

  @Test(arguments: [([0.5], "q"), ([0.5, 1.5], "q[1]"), ([.nan, 0.5], "q[0]")])
  func marginals(q: [Double], path: String) throws {
    let p = try DiscreteDistribution(variables: 2, energy: AllOnesForbidden())
    #expect(fault { try p.divergenceIdentity(of: q) }?.path == path)
    #expect(fault { try p.probabilities(beside: q) }?.path == path)
  }

  private func fault(_ body: () throws -> some Any) -> Fault? {
    do {
      _ = try body()
      return nil
    } catch { return error as? Fault }
  }
}
