import Declarations
import Files
import JSON
import Layers
import References
import Tensors
import Testing

@testable import Variational

/// Objectives that compare examples, alone with the latents of a batch, against float64 in NumPy
/// (Fixtures/objectives.py).
@Suite struct BatchObjectivesAgainstNumPy {
  static let reference: JSON = {
    let folder = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
    let json = try? File.read("\(folder)/Fixtures/objectives.json").withUnsafeBytes {
      try JSON(parsing: $0)
    }
    return json ?? .null
  }()
  static let cases = (0..<(reference["cases"]?.elements?.count ?? 0)).map { $0 }

  private static func number(_ name: String) throws -> Int {
    try Int(json: #require(reference[name]))
  }
  private static func list(_ json: JSON?) throws -> [Double] {
    let json = try #require(json)
    guard let rows = json.elements, rows.first?.elements != nil else {
      return try [Double](json: json)
    }
    return try rows.flatMap { try [Double](json: $0) }
  }

  @Test func thereAreCases() { #expect(Self.cases.count > 10) }

  /// Runs the shards one after the other: two shards, the second of them shorter, at update 3.
  @Test(arguments: cases)
  func valueAndGradient(index: Int) throws {
    let entry = try #require(Self.reference["cases"]?.elements?[index])
    let choice = try Choice<ObjectiveKind>(json: #require(entry["objective"]))
    // Also for the ELBO without means over the batch, whose own part is zero.
    let objective = try #require(choice.product as? any CoupledObjective)
    let (batch, samples) = (try Self.number("batch"), try Self.number("samples"))
    let latent = try Self.number("latent")
    var spec = try spec(Small.plain)
    spec.latent = latent
    let model = try Model(spec)
    let latents = try LatentBatch(model, objective, batch: batch)
    let (mean, logVariance) = (
      try Self.list(Self.reference["mean"]), try Self.list(Self.reference["logVariance"])
    )
    for example in 0..<batch {
      for i in 0..<latent {
        latents.parameters[example, i] = Float(mean[example * latent + i])
        latents.parameters[example, latent + i] = Float(logVariance[example * latent + i])
      }
    }
    let (z, prior) = (try Self.list(Self.reference["z"]), try Self.list(Self.reference["prior"]))
    for draw in 0..<batch * samples {
      for i in 0..<latent {
        latents.z[draw, i] = Float(z[draw * latent + i])
        if objective.comparesWithPrior { latents.prior[draw, i] = Float(prior[draw * latent + i]) }
      }
    }
    let names = UnsafeMutablePointer<UInt32>.allocate(capacity: batch)
    names.initialize(repeating: 0, count: batch)
    defer { names.deallocate() }
    let shards = try [0..<3, 3..<batch].map { rows in
      var shard = Shard(names: names, rows: rows.count, update: 3)
      (shard.start, shard.batch) = (rows.lowerBound, batch)
      let pass = ObjectivePass(
        shard: shard, isAnalytic: objective.prefersAnalyticDivergence,
        population: try Self.number("population"), latents: latents)
      let terms = try Terms(rows: rows.count, samples: samples)
      for (row, example) in rows.enumerated() {
        terms.divergence[row] = (0..<latent).reduce(0) {
          $0 + latents.gaussian(example).divergence($1)
        }
      }
      return (pass, terms)
    }
    for meeting in 0..<objective.meetings {
      for (pass, terms) in shards { objective.prepare(meeting, terms, pass) }
    }
    var (value, dz, dMean, dLogVariance) = (0.0, [Float](), [Float](), [Float]())
    for (pass, terms) in shards {
      objective.weigh(terms, pass)
      let count = pass.rows.count
      for row in 0..<count { value += terms.objective[row] / Double(batch) }
      var memory = [Float](repeating: 0, count: count * samples * latent + count * 2 * latent)
      memory.withUnsafeMutableBufferPointer { memory in
        guard let base = memory.baseAddress else { return }
        let z = Block(base, rows: count * samples, columns: latent)
        let h = Block(base + z.span, rows: count, columns: 2 * latent)
        objective.addGradient(toLatents: z, pass)
        objective.addGradient(toParameters: h, pass)
        dz += (0..<z.span).map { base[$0] }
        for row in 0..<count {
          dMean += (0..<latent).map { h[row, $0] }
          dLogVariance += (latent..<2 * latent).map { h[row, $0] }
        }
      }
    }
    let expected = try Double(json: #require(entry["value"]))
    for deviation in [
      Deviation("value", [value], [expected], .entry(1e-6)),
      Deviation("z", dz, try Self.list(entry["z"]), .largest(1e-5)),
      Deviation("mean", dMean, try Self.list(entry["mean"]), .largest(1e-5)),
      Deviation("logVariance", dLogVariance, try Self.list(entry["logVariance"]), .largest(1e-5)),
    ] { #expect(deviation.isTolerated, "\(entry["objective"]?.line ?? ""): \(deviation)") }
    if let weight = entry["weight"] {
      let weight = try Double(json: weight)
      #expect((objective.divergenceWeight(shards[1].0) - weight).magnitude < 1e-9)
    }
  }
}

extension ObjectiveKind {
  /// The examples of every registered objective, so that tests over all of them need no additions.
  static let examples = registry.rows.flatMap { $0.examples.map(\.line) }
}

/// Options that objectives refuse, by the name of the member.
@Suite struct ObjectivesThatCannotBeHad {
  @Test(arguments: [
    (#"{"type": "elbo", "capacity": {"maximum": 3, "updates": 9}, "freeBits": 1}"#, "capacity"),
    (#"{"type": "elbo", "sampled": true, "freeBits": 1}"#, "freeBits"),
    (#"{"type": "maximumMeanDiscrepancy", "scales": []}"#, "scales"),
    (#"{"type": "maximumMeanDiscrepancy", "scales": [1, -2]}"#, "scales"),
  ])
  func onAnyModel(text: String, path: String) throws {
    let model = try Small.model("plain")
    var spec = TrainerSpec()
    spec.objective = try Choice(json: JSON(parsing: text))
    let fault = try #require(throws: Fault.self) {
      try spec.check(model, rows: 50, isValidated: false)
    }
    #expect(fault.kind == .params && fault.path == "objective.\(path)")
    #expect(fault.expected != nil && fault.got != nil)
  }

  /// An example needs others to be compared with: batches of one and data of one row are refused.
  @Test(arguments: ["totalCorrelation", "maximumMeanDiscrepancy"], [(1, 50), (100, 1)])
  func inBatchesOfOne(type: String, sizes: (batch: Int, rows: Int)) throws {
    let model = try Small.model("plain")
    let spec = try trainerSpec(#"{"objective": {"type": "\#(type)"}, "batch": \#(sizes.batch)}"#)
    let fault = try #require(throws: Fault.self) {
      try spec.check(model, rows: sizes.rows, isValidated: false)
    }
    #expect(fault.kind == .params && fault.path == (sizes.rows == 1 ? "data" : "batch"))
  }

  @Test(arguments: [
    #"{"type": "elbo", "capacity": {"maximum": -1, "updates": 9}}"#,
    #"{"type": "elbo", "freeBits": -1}"#, #"{"type": "elbo", "warmUp": -1}"#,
    #"{"type": "elbo", "capacity": {"maximum": 1}}"#,
    #"{"type": "totalCorrelation", "beta": -1}"#,
    #"{"type": "maximumMeanDiscrepancy", "bandwidth": 0}"#,
    #"{"type": "maximumMeanDiscrepancy", "kernel": "linear"}"#,
  ])
  func outOfBounds(text: String) {
    #expect(throws: Fault.self) { try objective(text) }
  }
}
