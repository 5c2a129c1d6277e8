import Conformance
import JSON
import Layers
import References
import Tensors
import Testing

@testable import Variational

/// A model of registered parts, its data and an objective, in random shapes. Every part of every
/// kind is used.
struct RandomModel {
  let model: Model
  let data: Rows
  let objective: String
  let text: String

  init(model: Model, data: Rows, objective: String, text: String) {
    (self.model, self.data, self.objective, self.text) = (model, data, objective, text)
  }

  init(_ number: Int) throws {
    var dice = Dice("models", number)
    for _ in 0..<500 {
      let text = Self.text(number, &dice)
      let objective = Self.choose(ObjectiveKind.examples, number, &dice)
      guard let model = try? Model(spec(text)) else { continue }
      let width = max(model.spec.shape.count, model.likelihood.outputs)
      let rows = dice.rows(atMost: max(2, 12_000 / width))
      guard (try? VariationalTests.objective(objective).check(model)) != nil,
        let coupled = try? model.couplesRows(VariationalTests.objective(objective)),
        rows > 1 || !coupled
      else { continue }
      let outputs = numbers(rows * model.likelihood.outputs, seed: 50 + UInt64(number))
      data = Rows(model.spec.shape, try model.likelihood.draws(outputs, seed: 51))
      (self.model, self.objective, self.text) = (model, objective, text)
      return
    }
    throw Fault(.params, "no model was found for number \(number)")
  }

  private static let likelihoods = LikelihoodKind.registry.rows.flatMap { $0.examples.map(\.line) }
  /// The examples of all parts, which are used in turn.
  static let parts =
    PosteriorKind.examples + PriorKind.examples + ObjectiveKind.examples + likelihoods

  /// Returns the example whose turn it is, if it is one of these, or else any.
  private static func choose(_ all: [String], _ number: Int, _ dice: inout Dice) -> String {
    let part = parts[number % parts.count]
    return all.contains(part) ? part : dice.choice(all)
  }

  private static func text(_ number: Int, _ dice: inout Dice) -> String {
    let isImage = dice.isHead()
    let (height, width) = (dice.integer(4...17), dice.integer(4...17))
    let channels = dice.integer(1...3)
    let likelihood = choose(likelihoods, number, &dice)
    var shape = isImage ? [channels, height, width] : [dice.integer(1...70)]
    // The example determines the shape of mixed columns.
    if likelihood.contains("\"mixed\""),
      let part = try? LikelihoodExample(JSON(parsing: likelihood)).choice.product
    {
      shape = part.exampleShape.extents
    }
    // Counts and grey values are bounded first, so that variances stay in the range of float32.
    let encoder = shape.count == 3 ? images(&dice) : vectors(&dice)
    return """
      {"shape": \(shape), "latent": \(dice.integer(1...18)), "seed": \(number),
       "encoder": [{"type": "softsign"}, \(encoder.dropFirst()),
       "decoder": \(decoder(&dice)), "likelihood": \(likelihood),
       "posterior": \(choose(PosteriorKind.examples, number, &dice)),
       "prior": \(choose(PriorKind.examples, number, &dice))}
      """
  }

  private static func vectors(_ dice: inout Dice) -> String {
    let units = dice.integer(1...40)
    return dice.choice([
      #"[{"type": "dense", "units": \#(units)}, {"type": "tanh"}, {"type": "dense"}]"#,
      #"[{"type": "gatedDense", "units": \#(units)}, {"type": "layerNorm"}, {"type": "dense"}]"#,
      #"""
      [{"type": "residual", "layers": [{"type": "dense", "units": \#(units)}, {"type": "tanh"},
        {"type": "dense"}]}, {"type": "dense"}]
      """#,
      #"""
      [{"type": "parallel", "branches": [[{"type": "dense", "units": \#(units)}, {"type": "silu"}],
        [{"type": "gatedDense", "units": 3}]]}, {"type": "dense"}]
      """#,
      #"""
      [{"type": "dense", "units": \#(units)}, {"type": "batchNorm"}, {"type": "tanh"},
       {"type": "dropout", "rate": 0.2}, {"type": "dense"}]
      """#,
    ])
  }

  private static func images(_ dice: inout Dice) -> String {
    let channels = 2 * dice.integer(1...4)
    let first = #"{"type": "conv2d", "channels": \#(channels), "kernel": 3, "padding": 1}"#
    return dice.choice([
      #"[\#(first), {"type": "tanh"}, {"type": "dense"}]"#,
      #"[\#(first), {"type": "residual", "layers": [\#(first), {"type": "tanh"}]}, {"type": "dense"}]"#,
      #"""
      [\#(first), {"type": "groupNorm", "groups": 2}, {"type": "averagePool2d"}, {"type": "dense"}]
      """#,
      #"""
      [{"type": "parallel", "branches": [[\#(first), {"type": "tanh"}],
        [{"type": "conv2d", "channels": 1, "kernel": [1, 3], "padding": 1}, {"type": "dense",
        "units": 4}]]}, {"type": "dense"}]
      """#,
    ])
  }

  private static func decoder(_ dice: inout Dice) -> String {
    let (units, channels, side) = (dice.integer(1...40), dice.integer(1...4), dice.integer(2...8))
    return dice.choice([
      #"[{"type": "dense", "units": \#(units)}, {"type": "tanh"}, {"type": "dense"}]"#,
      #"""
      [{"type": "dense", "units": \#(channels * side * side)}, {"type": "reshape",
        "shape": [\#(channels), \#(side), \#(side)]}, {"type": "tanh"}, {"type": "convTranspose2d",
        "channels": 2, "kernel": 3, "stride": 2, "padding": 1, "outputPadding": 1},
       {"type": "sigmoid"}, {"type": "dense"}]
      """#,
      #"""
      [{"type": "residual", "layers": [{"type": "dense", "units": \#(units)}, {"type": "softplus"},
        {"type": "dense"}]}, {"type": "dense"}]
      """#,
    ])
  }

  /// Whether the gradient is the derivative of the bound on the same noise.
  private var isDerivative: Bool {
    !objective.contains("stickTheLanding") && !objective.contains("doublyReparameterized")
  }

  /// Compares the gradient with central differences at a few entries of every parameter, with
  /// margins around all blocks.
  func check(entries: Int) throws -> [String] {
    for (index, spec) in model.parameters.specs.enumerated() {
      // Far enough to show errors, and near enough that variances stay in the range of float32.
      model.parameters.move(index, by: 0.3 / Float(spec.rows).squareRoot())
    }
    var findings: [String] = []
    let watch = MarginWatch()
    try watch {
      let gradient = try Gradient(
        model, try VariationalTests.objective(objective), batch: data.count)
      let got = gradient.run(data.all, of: data, update: 3, seed: 5)
      if !got.gradients.joined().allSatisfy(\.isFinite) { findings.append("not finite") }
      for (index, spec) in model.parameters.specs.enumerated() where isDerivative {
        findings += try compare(gradient, index, spec.name, got.gradients[index], entries)
      }
    }
    if watch.findings.arenas == 0 { findings.append("nothing was watched") }
    if watch.findings.trespasses > 0 { findings.append("a margin was written") }
    return findings
  }

  private func compare(
    _ gradient: Gradient, _ index: Int, _ name: String, _ got: [Float], _ entries: Int
  ) throws -> [String] {
    let parameters = model.parameters
    let start = parameters.tensor(index)
    func objective(_ entry: Int, _ step: Float) -> Double {
      var moved = start
      moved.values[entry] += step
      parameters.assign(moved, to: index)
      defer { parameters.assign(start, to: index) }
      return gradient.run(data.all, of: data, update: 3, seed: 5).means.objective
    }
    let largest = got.reduce(0) { max($0, Double($1.magnitude)) }
    let differences = CentralDifferences(
      steps: [1 / 32, 1 / 128, 1 / 512], allowed: 5e-3 * largest,
      rounding: 6e-7 * max(1, objective(0, 0).magnitude))
    let stride = max(1, got.count / entries)
    var findings: [String] = []
    for entry in Swift.stride(from: index % stride, to: got.count, by: stride).prefix(entries) {
      let verdict = try differences.verdict(Double(got[entry])) { objective(entry, $0) }
      if case .differs(let expected) = verdict {
        findings.append(
          "\(name)[\(entry)]: \(got[entry]), differences give \(expected); largest \(largest)")
      }
    }
    return findings
  }
}

@Suite struct RandomModels {
  static let count = (Dice.isLong ? 20 : 1) * RandomModel.parts.count

  @Test(arguments: 0..<8)
  func gradientsAreThoseOfCentralDifferences(part: Int) throws {
    for number in stride(from: part, to: Self.count, by: 8) {
      let random = try RandomModel(number)
      let findings = try random.check(entries: Dice.isLong ? 4 : 2)
      #expect(
        findings == [],
        "ELBO_SEED=\(Dice.seed), number \(number): \(random.objective), \(random.data.count) rows, \(random.text)"
      )
    }
  }

  /// Every registered part has been used, so that a new one cannot be forgotten.
  @Test func allPartsHaveTheirTurn() throws {
    var missing = Set(RandomModel.parts)
    for number in 0..<Self.count {
      let random = try RandomModel(number)
      let spec = random.model.spec
      missing.subtract([
        spec.posterior.json.line, spec.prior.json.line, spec.likelihood.json.line,
        random.objective,
      ])
    }
    #expect(missing.isEmpty)
  }
}

/// Models whose convolutions once wrote past their scratch: the decoder's ended the program, and
/// the encoder's gradients were wrong.
@Suite struct ConvolutionScratch {
  static let cases = [
    """
    {"shape": [1, 16, 16], "latent": 4, "encoder": [{"type": "dense"}],
     "decoder": [{"type": "dense", "units": 512}, {"type": "reshape", "shape": [8, 8, 8]},
       {"type": "tanh"}, {"type": "convTranspose2d", "channels": 1, "kernel": 3, "stride": 2,
       "padding": 1, "outputPadding": 1}], "likelihood": {"type": "gaussian", "deviation": 1.0}}
    """,
    """
    {"shape": [3, 16, 16], "latent": 2, "encoder": [{"type": "conv2d", "channels": 5, "kernel": 3,
       "padding": 1}, {"type": "residual", "layers": [{"type": "conv2d", "channels": 5,
       "kernel": 3, "padding": 1}, {"type": "tanh"}]}, {"type": "dense"}],
     "decoder": [{"type": "dense"}], "likelihood": {"type": "gaussian", "deviation": 1.0}}
    """,
  ]

  @Test(arguments: cases)
  func gradientsAreThoseOfCentralDifferences(text: String) throws {
    let model = try Model(spec(text))
    let data = Rows(model.spec.shape, numbers(40 * model.spec.shape.count, seed: 6))
    let random = RandomModel(model: model, data: data, objective: #"{"type": "elbo"}"#, text: text)
    #expect(try random.check(entries: 12) == [])
  }

  @Test(arguments: cases)
  func theyTrain(text: String) throws {
    let model = try Model(spec(text))
    let data = Rows(model.spec.shape, numbers(64 * model.spec.shape.count, seed: 6))
    let trainer = try Trainer(
      try trainerSpec(#"{"batch": 32, "optimizer": {"type": "adam", "rate": 0.01}}"#),
      model: model, data: data, rows: data.all)
    try withTeam(2) { team in for _ in 0..<60 { try trainer.step(team) } }
    let objective = trainer.history.objective
    #expect(objective.allSatisfy { $0.isFinite })
    #expect(objective[59] > objective[0] + 1)
  }
}
