import CKernels
import Declarations
import Glibc
import JSON
import Layers
import Tensors

/// Compares every numerical part with answers that are known exactly; uses no files, and takes
/// about a second.
///
/// Seeds are fixed, so that an estimate always passes or always fails on a machine. The tolerance
/// of an estimate is five of its own Monte Carlo errors, plus a margin for float32.
package struct SelfTest {
  /// One comparison with an exact answer.
  package struct Check: Answer, Equatable {
    package let check: String
    package let expected: Double
    package let got: Double
    package let tolerance: Double
    package let passed: Bool

    /// Passes where |got - expected| <= tolerance.
    package init(_ check: String, expected: Double, got: Double, tolerance: Double) {
      self.check = check
      self.expected = expected
      self.got = got
      self.tolerance = tolerance
      passed = (got - expected).magnitude <= tolerance
    }

    package static let members: [Member<Check>] = [
      Member("check", \.check, "The quantity that was compared."),
      Member("expected", \.expected, "The exact answer."),
      Member("got", \.got, "The value that the engine computed."),
      Member("tolerance", \.tolerance, "The largest difference that passes."),
      Member("passed", \.passed, "Whether |got - expected| is at most the tolerance."),
    ]
  }

  let team: Team

  package init(team: Team) { self.team = team }

  /// Makes all comparisons; calls `checkpoint` before each group of them.
  package func checks(checkpoint: () throws(Fault) -> Void = {}) throws(Fault) -> [Check] {
    let parts: [() throws(Fault) -> [Check]] = [
      generator, optimizer, gradient, linearGaussian, heavyTail, quadrature,
    ]
    var checks: [Check] = []
    for part in parts {
      try checkpoint()
      checks += try part()
    }
    return checks
  }

  static func tolerance(_ error: Double?) -> Double { 5 * (error ?? 0) + 1e-4 }

  /// Compares Philox 4x32-10 with its published answers for the digits of pi, and for zeros (Salmon
  /// et al., known-answer tests).
  private func generator() -> [Check] {
    let cases: [(counter: [UInt32], key: [UInt32], words: [UInt32])] = [
      ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
      (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
      ),
    ]
    var right = 0
    for (counter, key, words) in cases {
      var out = [UInt32](repeating: 0, count: 4)
      elbo_philox(counter, key, &out)
      right += zip(out, words).reduce(0) { $0 + ($1.0 == $1.1 ? 1 : 0) }
    }
    return [
      Check("philox: known answers, words", expected: 8, got: Double(right), tolerance: 0)
    ]
  }

  /// Compares three steps of Adam with the equations of the paper.
  private func optimizer() -> [Check] {
    let adam = AdamMoments()
    var (m, v, exact) = (0.0, 0.0, 1.0)
    var values: [Float] = [1, 0, 0]
    for (index, gradient) in [0.5, -0.25, 2.0].enumerated() {
      let t = Double(index + 1)
      m = adam.beta1 * m + (1 - adam.beta1) * gradient
      v = adam.beta2 * v + (1 - adam.beta2) * gradient * gradient
      let (first, second) = (m / (1 - pow(adam.beta1, t)), v / (1 - pow(adam.beta2, t)))
      exact -= adam.rate * first / (second.squareRoot() + adam.epsilon)
      let slope = [Float(gradient)]
      values.withUnsafeMutableBufferPointer { values in
        slope.withUnsafeBufferPointer { slope in
          guard let p = values.baseAddress, let g = slope.baseAddress else { return }
          Adam().step(
            update: index + 1, count: 1, parameters: p, gradient: g, scale: 1,
            slots: [p + 1, p + 2])
        }
      }
    }
    return [
      Check("adam: third step", expected: exact, got: Double(values[0]), tolerance: 2e-7)
    ]
  }

  /// Compares the gradient along one direction through all parameters with a central difference,
  /// for each objective whose estimator's mean is the gradient of the reported value.
  private func gradient() throws(Fault) -> [Check] {
    var bound = ImportanceWeightedBound()
    bound.inner = 3
    var elbo = EvidenceLowerBound()
    elbo.samples = 2
    return try [("elbo", elbo as any Objective), ("importance", bound)].map {
      (name, objective) throws(Fault) in
      let model = try Self.bernoulli(latent: 2)
      let data = Self.binaryRows(model)
      let gradient = try Gradient(model, objective, batch: data.count)
      let names = (0..<UInt32(data.count)).map { $0 }
      func value() throws(Fault) -> Double {
        try names.withUnsafeBufferPointer { (names) throws(Fault) in
          try gradient.compute(names, of: data, update: 1, seed: 0, team: team).means.objective
        }
      }
      let parameters = model.parameters.all
      let origin = Array(parameters)
      // Ones and minus ones, the same in every run.
      let direction = origin.indices.map { Float($0 * 7 % 5 < 2 ? 1 : -1) }
      func at(_ distance: Float) throws(Fault) -> Double {
        for i in parameters.indices { parameters[i] = origin[i] + distance * direction[i] }
        return try value()
      }
      let step: Float = 1e-3
      let difference = try (at(step) - at(-step)) / Double(2 * step)
      _ = try at(0)
      let slope = zip(gradient.sum.all, direction).reduce(0) { $0 + Double($1.0 * $1.1) }
      return Check(
        "gradient of \(name): along a direction, against a central difference",
        expected: difference, got: slope, tolerance: 2e-3 * max(1, difference.magnitude))
    }
  }

  /// Returns a model of six binary values with a tanh layer on both sides.
  static func bernoulli(latent: Int) throws(Fault) -> Model {
    var spec = ModelSpec()
    spec.shape = [6]
    spec.latent = latent
    var wide = Dense()
    wide.units = 5
    let layers = [
      LayerChoice(wide) { $0 }, LayerChoice(Tanh()) { $0 }, LayerChoice(Dense()) { $0 },
    ]
    (spec.encoder, spec.decoder, spec.seed) = (layers, layers, 3)
    let model = try Model(spec)
    // Twice the usual weights, so that the posterior differs from the prior.
    for index in model.decoderParameters {
      var tensor = model.parameters.tensor(index)
      tensor.values = tensor.values.map { 2 * $0 }
      model.parameters.assign(tensor, to: index)
    }
    return model
  }

  /// Returns eight rows of different patterns.
  static func binaryRows(_ model: Model) -> TensorRows {
    let values = (0..<48).map { Float($0 * 37 % 11 < 5 ? 1 : 0) }
    return TensorRows(Tensor([8, 6], values), shape: model.spec.shape)
  }
}
