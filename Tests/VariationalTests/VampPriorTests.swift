import Conformance
import Glibc
import JSON
import Layers
import References
import Tensors
import Testing

@testable import Variational

/// The prior whose components are the posteriors of its pseudo-inputs.
@Suite struct PosteriorsOfPseudoInputs {
  private static let prior = #"{"type": "vamp", "components": 5}"#

  private func model(_ posterior: String, _ text: String = Small.plain) throws -> Model {
    let model = try Pairing(posterior: posterior, prior: Self.prior).model(text)
    for index in model.parameters.specs.indices { model.parameters.move(index, by: 0.3) }
    return model
  }

  private func array(_ model: Model, _ name: String) throws -> Tensor {
    model.parameters.tensor(try #require(model.parameters.index(of: name)))
  }

  /// y = x W + b in double.
  private func dense(_ model: Model, _ layer: Int, _ x: [Double]) throws -> [Double] {
    let weight = try array(model, "encoder.\(layer).weight")
    let bias = try array(model, "encoder.\(layer).bias")
    return bias.values.indices.map { unit in
      x.indices.reduce(Double(bias.values[unit])) {
        $0 + x[$1] * Double(weight.values[$1 * weight.width + unit])
      }
    }
  }

  /// Returns the mean and the lower triangular factor of the covariance that the encoder computes
  /// for one pseudo-input.
  private func component(_ model: Model, _ u: [Double]) throws -> (
    mean: [Double], factor: [[Double]]
  ) {
    let h = try dense(model, 2, dense(model, 0, u).map(tanh))
    let d = model.spec.latent
    var below = 2 * d
    let factor = (0..<d).map { i in
      (0..<d).map { j -> Double in
        if model.posterior.isDiagonalGaussian { return i == j ? exp(0.5 * h[d + i]) : 0 }
        guard j < i else { return i == j ? exp(h[d + i]) : 0 }
        defer { below += 1 }
        return h[below]
      }
    }
    return (Array(h[..<d]), factor)
  }

  /// log of the mean of N(z; mean_k, L_k L_k^T), by the determinant and the inverse of the
  /// covariance.
  private func logDensity(_ model: Model, _ z: [Double]) throws -> Double {
    let inputs = try array(model, "prior.pseudoInput")
    let d = model.spec.latent
    var sum = LogSumExp()
    for k in 0..<5 {
      let u = inputs.values[k * 9..<(k + 1) * 9].map(Double.init)
      let (mean, factor) = try component(model, u)
      let covariance = (0..<d * d).map { place in
        (0..<d).reduce(0.0) { $0 + factor[place / d][$1] * factor[place % d][$1] }
      }
      let gap = (0..<d).map { z[$0] - mean[$0] }
      let (x, determinant) = covariance.solve(gap)
      let square = zip(x, gap).reduce(0.0) { $0 + $1.0 * $1.1 }
      sum.add(-0.5 * (square + log(determinant) + Double(d) * log(2 * Double.pi)))
    }
    return sum.logSum - log(5)
  }

  private func logDensities(_ model: Model, _ z: [Float]) throws -> [Double] {
    let d = model.spec.latent
    let rows = Rowed(z, z.count / d)
    defer { withExtendedLifetime(rows) {} }
    var densities = [Double](repeating: .nan, count: rows.block.rows)
    try PriorBuffers(model, draws: rows.block.rows, isTraining: false)
      .logDensity(rows.block, into: &densities)
    return densities
  }

  @Test(arguments: [#"{"type": "gaussian"}"#, #"{"type": "fullGaussian"}"#])
  func densityIsTheirMixture(posterior: String) throws {
    let model = try model(posterior)
    #expect(try array(model, "prior.pseudoInput").shape == [5, 9])
    let z = numbers(60, seed: 8).map { 3 * $0 }
    for (row, got) in try logDensities(model, z).enumerated() {
      let expected = try logDensity(model, z[3 * row..<3 * row + 3].map(Double.init))
      #expect((got - expected).magnitude < 2e-5 * max(1, expected.magnitude))
    }
  }

  /// If the pseudo-inputs are the rows of the data, the prior is the aggregate posterior.
  @Test func ofAllRowsIsTheAggregatePosterior() throws {
    let model = try model(#"{"type": "gaussian"}"#)
    let data = Rows(binary: 5, [9])
    let index = try #require(model.parameters.index(of: "prior.pseudoInput"))
    model.parameters.assign(Tensor([5, 9], data.values), to: index)
    let mixture = try withTeam(1) { team in
      try Mixture(model, of: data, rows: data.all, team: team) {}
    }
    let z = numbers(30, seed: 8).map { 2 * $0 }
    for (row, got) in try logDensities(model, z).enumerated() {
      let expected = Array(z[3 * row..<3 * row + 3]).withUnsafeBufferPointer {
        mixture.logDensity($0.baseAddress.unsafelyUnwrapped)
      }
      #expect((got - expected).magnitude < 1e-5 * max(1, expected.magnitude))
    }
  }

  /// With an encoder with dropout, which is drawn for pseudo-inputs too, and with one that gets
  /// labels.
  @Test(arguments: ["dropout", "conditional", "images"])
  func gradientIsThatOfCentralDifferences(name: String) throws {
    let table = [
      "dropout": Small.plain.replacing("relu", with: "tanh").replacing(
        #""encoder": ["#, with: #""encoder": [{"type": "dropout", "rate": 0.3}, "#),
      "conditional": Small.conditional,
      "images": Small.conditionalImages.replacing(#"{"type": "batchNorm"}, "#, with: "").replacing(
        #"{"type": "batchNorm"},"#, with: ""),
    ]
    let model = try model(#"{"type": "gaussian"}"#, table[name] ?? "")
    let inputs: [String: Shape] = [
      "dropout": [5, 9], "conditional": [5, 12], "images": [5, 4, 3, 3],
    ]
    #expect(try array(model, "prior.pseudoInput").shape == inputs[name])
    for objective in [#"{"type": "elbo"}"#, #"{"type": "importance", "samples": 3}"#] {
      try checkGradient(model, Rows(binary: 12, model.spec.shape), objective, name)
    }
  }

  /// The number of threads makes no difference, to the bit: all lanes read the same encoded rows,
  /// and add to gradients of their own.
  @Test func threadsMakeNoDifference() throws {
    let data = Rows(binary: 900, [9])
    let numbers = try [1, 2, 3].map { threads in
      let model = try model(#"{"type": "fullGaussian"}"#)
      let trainer = try Trainer(
        try trainerSpec(#"{"objective": {"type": "importance", "samples": 5}, "batch": 600}"#),
        model: model, data: data, rows: data.all)
      try withTeam(threads) { team in for _ in 0..<3 { try trainer.step(team) } }
      return trainer.numbers
    }
    #expect(numbers[0] == numbers[1] && numbers[0] == numbers[2])
  }

  @Test func whatCannotBeHadIsRefused() throws {
    func refused(_ posterior: String, _ text: String) throws -> Fault {
      try #require(throws: Fault.self) {
        try Pairing(posterior: posterior, prior: Self.prior).model(text)
      }
    }
    var faults = [try refused(#"{"type": "gaussian"}"#, Small.coupled)]
    for posterior in PosteriorKind.examples {
      let isComponent = try PosteriorPasses(posterior).posterior is any ComponentPosterior
      if isComponent {
        _ = try Pairing(posterior: posterior, prior: Self.prior).model(Small.plain)
      } else {
        faults.append(try refused(posterior, Small.plain))
      }
    }
    for fault in faults {
      #expect(fault.kind == .params && fault.path == "prior", "\(fault)")
      #expect(fault.expected != nil && fault.got != nil && fault.hint != nil)
    }
  }
}
