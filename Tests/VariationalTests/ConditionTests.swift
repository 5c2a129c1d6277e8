import JSON
import Layers
import References
import Tensors
import Testing

@testable import Variational

/// For the rows of one class, a conditional model equals a model without a condition whose first
/// biases include the class's weights.
@Suite struct ConditionalModels {
  private let data = Rows(binary: 30, [9])
  private func rows(of label: Int) -> [UInt32] {
    data.all.filter { Int($0) % 3 == label }
  }

  /// Folds the label into the bias: W [x, c] + b = W_x x + (W_c + b) for the k-th class c.
  private func folded(_ model: Model, _ label: Int) throws -> Model {
    var spec = model.spec
    spec.condition = nil
    let plain = try Model(spec)
    for (stack, own) in [("encoder", spec.shape.count), ("decoder", spec.latent)] {
      for array in model.arrays where array.name.hasPrefix(stack) {
        var tensor = array.store.tensor(array.index)
        if array.name == "\(stack).0.weight" {
          let width = tensor.width
          tensor = Tensor([own, width], Array(tensor.values[..<(own * width)]))
        } else if array.name == "\(stack).0.bias" {
          let weight = try #require(model.arrays.first { $0.name == "\(stack).0.weight" })
          let values = weight.store.tensor(weight.index)
          let start = (own + label) * values.width
          for unit in 0..<values.width { tensor.values[unit] += values.values[start + unit] }
        }
        try plain.assign([(array.name, tensor)], at: "parameters")
      }
    }
    return plain
  }

  private func expect(
    _ what: String, _ got: [Double], _ expected: [Double], _ tolerance: Double = 2e-5
  ) {
    let deviation = Deviation(what, got, expected, .entry(tolerance))
    #expect(deviation.isTolerated, "\(deviation)")
  }

  @Test(arguments: [0, 1, 2])
  func answerLikeTheFoldedModelOfTheClass(label: Int) throws {
    let model = try Small.model("conditional")
    let (plain, rows) = (try folded(model, label), rows(of: label))
    func doubles(_ tensor: Tensor) -> [Double] { tensor.values.map(Double.init) }
    let (own, other) = (
      try model.encode(data, rows: rows, samples: 2, seed: 4),
      try plain.encode(data, rows: rows, samples: 2, seed: 4)
    )
    expect("mean", doubles(own.mean), doubles(other.mean))
    expect("latent", doubles(try #require(own.latent)), doubles(try #require(other.latent)))
    expect(
      "reconstruction",
      doubles(try model.reconstruct(data, rows: rows, seed: 4, usesMean: false).output),
      doubles(try plain.reconstruct(data, rows: rows, seed: 4, usesMean: false).output))
    let latents = try model.latents(200, seed: 1, temperature: 1)
    let given = Labels(Array(repeating: label, count: 200))
    expect(
      "sample", doubles(try model.decode(latents, given: given)), doubles(try plain.decode(latents))
    )
  }

  @Test(arguments: [0, 1, 2])
  func areEvaluatedLikeTheFoldedModelOfTheClass(label: Int) throws {
    let model = try Small.model("conditional")
    let (plain, rows) = (try folded(model, label), rows(of: label))
    try withTeam(2) { team in
      func bound(_ model: Model) throws -> [Double] {
        try Evaluation(model, samples: 3, seed: 2).bound(of: data, rows: rows, team: team).elbo
          .perRow
      }
      expect("bound", try bound(model), try bound(plain))
      func likelihood(_ model: Model) throws -> [Double] {
        try Evaluation(model, samples: 300, seed: 2).logLikelihood(of: data, rows: rows, team: team)
          .logLikelihood.perRow
      }
      expect("importance", try likelihood(model), try likelihood(plain))
      func annealed(_ model: Model) throws -> [Double] {
        try AnnealedImportance(model, chains: 2, temperatures: 6, leapfrog: 2, seed: 2)
          .logLikelihood(of: data, rows: rows, team: team).logLikelihood.perRow
      }
      expect("annealed", try annealed(model), try annealed(plain), 1e-3)
      func gap(_ model: Model) throws -> [Double] {
        try InferenceGap(model, samples: 20, steps: 5, rate: 0.02, seed: 2)
          .measure(of: data, rows: rows, team: team).bestELBO.perRow
      }
      expect("gap", try gap(model), try gap(plain), 1e-3)
    }
  }

  @Test func latentsAreThoseOfTheFoldedModel() throws {
    let model = try Small.model("conditional")
    let (plain, rows) = (try folded(model, 1), rows(of: 1))
    try withTeam(1) { team in
      func statistics(_ model: Model) throws -> [Double] {
        let found = try LatentStatistics(
          model, of: data, rows: rows, samples: 2, seed: 1, team: team)
        return found.divergence + found.activity + found.mutualInformation.perRow
      }
      expect("latents", try statistics(model), try statistics(plain))
    }
  }

  /// Each label is a channel of one constant value before a convolution.
  @Test func givesImagesTheirLabelAsAChannel() throws {
    let model = try Small.model("conditionalImages")
    #expect(model.encoder.input == [4, 3, 3])
    #expect(model.decoder.input == [6])
    var spec = model.spec
    (spec.condition, spec.shape) = (nil, [4, 3, 3])
    let plain = try Model(spec)
    let encoder = model.arrays.filter { $0.name.hasPrefix("encoder") }
    try plain.assign(encoder.map { ($0.name, $0.store.tensor($0.index)) }, at: "parameters")
    var values: [Float] = []
    for row in 0..<data.count {
      values += data.values[row * 9..<(row + 1) * 9]
      for channel in 0..<3 {
        values += [Float](repeating: channel == row % 3 ? 1 : 0, count: 9)
      }
    }
    let channels = Rows([4, 3, 3], values)
    let expected = try plain.encode(channels, rows: channels.all, samples: 0, seed: 0).mean
    #expect(try model.encode(data, rows: data.all, samples: 0, seed: 0).mean == expected)
  }

  @Test func theOnesOfImageAndLabelAreSummed() throws {
    // The same rows, once declared binary and once not: by sums and by products.
    let model = try Small.model("conditional")
    let dense = Rows([9], data.values)
    let gradient = try Gradient(model, EvidenceLowerBound(), batch: 30)
    let sums = gradient.run(data.all, of: data).gradients
    let products = gradient.run(data.all, of: dense).gradients
    for (one, other) in zip(sums, products) {
      expect("gradient", one.map(Double.init), other.map(Double.init))
    }
  }

  @Test func keepTheirClassesInTheirFile() throws {
    let model = try Small.model("conditionalImages")
    let again = try Model(model.file(), path: "memory")
    #expect(again.spec.json == model.spec.json)
    #expect(again.numbers == model.numbers)
    #expect(again.spec.condition?.json["classes"] == [0, 1, 2])
  }
}

@Suite struct Labelling {
  private func refusal(_ body: () throws -> Void) -> Fault? {
    do { try body() } catch { return error as? Fault }
    return nil
  }

  @Test(arguments: ["0", "5000", "[]", "[1, 1]", "1.5", "\"ten\""])
  func classesThatAreNoneAreRefused(classes: String) throws {
    let fault = refusal {
      _ = try spec(
        Small.conditional.replacing("\"classes\": 3", with: "\"classes\": \(classes)"))
    }
    #expect(fault?.kind == .params && fault?.path == "condition.classes")
  }

  @Test func classesMustBeKnown() throws {
    let text = Small.conditional.replacing(", \"classes\": 3", with: "")
    let fault = refusal { _ = try Model(spec(text)) }
    #expect(fault?.kind == .params && fault?.path == "condition.classes")
  }

  @Test func labelsOutsideAreNamedWithTheirRow() throws {
    let condition = OneHotLabel(classes: [0, 1])
    let fault = refusal { try condition.check(Rows(binary: 9, [3]), [0, 1, 5], at: "data") }
    #expect(fault?.kind == .support && fault?.path == "data" && fault?.got == "2")
    #expect(fault?.message.contains("row 5") == true)
    #expect(refusal { try condition.check(Rows(binary: 9, [3]), [0, 1, 3], at: "data") } == nil)
  }

  @Test func namesAreOfTheirClasses() throws {
    let named = Small.conditional.replacing(
      "\"classes\": 3", with: "\"classes\": [7, 3], \"names\": [\"low\", \"high\"]")
    let condition = try spec(named).condition?.product as? LabelCondition
    #expect(condition?.classes?.labels == [3, 7] && condition?.names == ["low", "high"])
    #expect(
      try Model(spec(named)).file().note("model")?.contains(#""names":["low","high"]"#) == true)
    for names in ["[\"a\"]", "[\"a\", \"a\"]"] {
      let bad = named.replacing("[\"low\", \"high\"]", with: names)
      let fault = refusal { _ = try Model(spec(bad)) }
      #expect(fault?.kind == .params && fault?.path == "condition.names")
    }
  }

  @Test func rowsWithoutLabelsAreRefused() throws {
    let rows = TensorRows(Tensor([1, 2], [0, 1]), shape: [2])
    let fault = refusal { try OneHotLabel(classes: [0]).check(rows, [0], at: "data") }
    #expect(fault?.kind == .params && fault?.path == "data")
  }
}
