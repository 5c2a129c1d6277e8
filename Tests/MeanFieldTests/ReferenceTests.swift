import Glibc
import JSON
import MeanField
import Testing

/// Numbers from an independent program (Python): Tests/Fixtures/mean_field.json.
struct Reference {
  let json: JSON

  init() throws {
    let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    let file = try #require(fopen("/\(folder)/Fixtures/mean_field.json", "r"))
    defer { fclose(file) }
    var text = [UInt8](repeating: 0, count: 1 << 16)
    let length = fread(&text, 1, text.count, file)
    json = try text[..<length].withUnsafeBytes { try JSON(parsing: $0) }
  }

  subscript(_ path: String...) -> JSON { path.reduce(json) { $0[$1] ?? .null } }

  func number(_ json: JSON, _ name: String) throws -> Double {
    try Double(json: json[name] ?? .null)
  }

  func ising(beta: Double) throws -> DiscreteDistribution {
    let model = self["isingModel"]
    let energy = IsingEnergy(
      couplings: try [Coupling](json: model["couplings"] ?? .null),
      fields: try [Double](json: model["fields"] ?? .null))
    return try DiscreteDistribution(variables: 9, energy: energy, beta: beta)
  }
}

@Suite struct AgainstTheReference {
  let reference: Reference
  init() throws { reference = try Reference() }

  @Test(arguments: [2, 3, 5, 10])
  func allOnesForbidden(count: Int) throws {
    let expected = reference["allOnesForbidden", "\(count)"]
    let p = try DiscreteDistribution(variables: count, energy: AllOnesForbidden())
    let logPartition = try reference.number(expected, "logPartition")
    #expect(isNear(try p.exact().logPartition, logPartition, 1e-12))
    #expect(isNear(logPartition, log(Double(1 << count) - 1), 1e-12))

    let shared = try p.fit(.shared, uniform: uniform())
    #expect(shared.q == Array(repeating: 0, count: count))
    #expect(shared.freeEnergy == 0)
    #expect(
      isNear(
        try #require(shared.divergence),
        try reference.number(try #require(expected["shared"]), "divergence"), 1e-12))

    let independent = try p.fit(.independent, uniform: uniform())
    #expect(independent.q.sorted() == [0] + Array(repeating: 0.5, count: count - 1))
    #expect(independent.reached == independent.restarts)
    #expect(independent.converged && independent.meanEnergy == 0)
    let best = try #require(expected["independent"])
    #expect(isNear(independent.freeEnergy, try reference.number(best, "freeEnergy"), 1e-12))
    #expect(
      isNear(
        try #require(independent.divergence), try reference.number(best, "divergence"), 1e-12))
  }

  @Test(arguments: [(0.2, "0.2"), (0.5, "0.5"), (1.0, "1.0")])
  func ising(beta: Double, name: String) throws {
    let expected = reference["ising", name]
    let p = try reference.ising(beta: beta)
    let exact = try p.exact()
    #expect(isNear(exact.logPartition, try reference.number(expected, "logPartition"), 1e-9))
    #expect(isNear(exact.meanEnergy, try reference.number(expected, "meanEnergy"), 1e-9))
    #expect(isNear(exact.entropy, try reference.number(expected, "entropy"), 1e-9))
    let marginals = try [Double](json: try #require(expected["marginals"]))
    #expect(isNear(exact.marginals, marginals, 1e-9))

    let best = try #require(expected["bestIndependent"])
    let fit = try p.fit(.independent, restarts: 50, uniform: uniform())
    #expect(isNear(fit.freeEnergy, try reference.number(best, "freeEnergy"), 1e-8))
    #expect(
      isNear(try #require(fit.divergence), try reference.number(best, "divergence"), 1e-8))
    #expect(isNear(fit.meanEnergy, try reference.number(best, "meanEnergy"), 1e-6))
    #expect(isNear(fit.q, try [Double](json: try #require(best["q"])), 1e-6))
    #expect(fit.reached >= 5 && fit.optima <= 12)
    // The default number of restarts finds it too.
    let usual = try p.fit(.independent, uniform: uniform(seed: 3))
    #expect(isNear(usual.freeEnergy, fit.freeEnergy, 1e-9))
  }
}
