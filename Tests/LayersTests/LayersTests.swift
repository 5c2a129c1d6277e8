import JSON
import Layers
import References
import Tensors
import Testing

/// Every entry of the reference file, with its layer. Layers that are not registered yet are left
/// out; the entry tells their author the names of the options.
private struct Entry: CustomTestStringConvertible, Sendable {
  let name: String
  let layer: String
  let tolerance: Tolerance

  init(_ name: String, _ layer: String, _ tolerance: Tolerance = .product) {
    (self.name, self.layer, self.tolerance) = (name, layer, tolerance)
  }

  var testDescription: String { name }

  static let table = [
    Entry("averagePool2d", #"{"type": "averagePool2d", "factor": 2}"#),
    Entry("batchNorm.dense", #"{"type": "batchNorm", "epsilon": 1e-5}"#),
    Entry("batchNorm.image", #"{"type": "batchNorm", "epsilon": 1e-5}"#),
    Entry("conv2d.k3x3s1p0", #"{"type": "conv2d", "channels": 5, "kernel": 3}"#),
    Entry(
      "conv2d.k3x3s2p1",
      #"{"type": "conv2d", "channels": 5, "kernel": 3, "stride": 2, "padding": 1}"#),
    Entry(
      "conv2d.k5x4s2p2",
      #"{"type": "conv2d", "channels": 5, "kernel": [5, 4], "stride": 2, "padding": 2}"#),
    Entry(
      "convTranspose2d.k3x3s1p0o0", #"{"type": "convTranspose2d", "channels": 5, "kernel": 3}"#),
    Entry(
      "convTranspose2d.k3x3s2p1o0",
      #"{"type": "convTranspose2d", "channels": 5, "kernel": 3, "stride": 2, "padding": 1}"#),
    Entry(
      "convTranspose2d.k3x3s2p1o1",
      #"""
      {"type": "convTranspose2d", "channels": 5, "kernel": 3, "stride": 2, "padding": 1,
       "outputPadding": 1}
      """#),
    Entry("dense", #"{"type": "dense", "units": 6}"#),
    Entry("elu", #"{"type": "elu"}"#, .activation),
    Entry("gatedDense", #"{"type": "gatedDense", "units": 6}"#),
    Entry("gelu", #"{"type": "gelu"}"#, .activation),
    Entry("groupNorm", #"{"type": "groupNorm", "groups": 2}"#),
    Entry("hardTanh", #"{"type": "hardTanh"}"#, .activation),
    Entry("layerNorm", #"{"type": "layerNorm"}"#),
    Entry("leakyRelu", #"{"type": "leakyRelu"}"#, .activation),
    Entry("maxPool2d", #"{"type": "maxPool2d", "factor": 2}"#),
    Entry("mish", #"{"type": "mish"}"#, .activation),
    Entry("relu", #"{"type": "relu"}"#, .activation),
    Entry("selu", #"{"type": "selu"}"#, .activation),
    Entry("sigmoid", #"{"type": "sigmoid"}"#, .activation),
    Entry("silu", #"{"type": "silu"}"#, .activation),
    Entry("softmax", #"{"type": "softmax"}"#),
    Entry("softplus", #"{"type": "softplus"}"#, .activation),
    Entry("softsign", #"{"type": "softsign"}"#, .activation),
    Entry("tanh", #"{"type": "tanh"}"#, .activation),
    Entry("upsample2d", #"{"type": "upsample2d", "factor": 2}"#),
  ]

  static let registered = table.filter { LayerKind.registry.knows($0.layer) }
}

@Suite struct LayersAgainstPyTorch {
  let reference: Reference
  init() throws { reference = try Reference("layers") }

  @Test func theTableHoldsEveryEntry() {
    #expect(Entry.table.map(\.name) == reference.entries)
  }

  @Test(arguments: Entry.registered)
  private func outputAndGradients(entry: Entry) throws {
    let input = try reference["\(entry.name).input"]
    let output = try reference["\(entry.name).output"]
    let passage = try Passage(entry.layer, input: Shape(Array(input.shape.extents.dropFirst())))
    #expect(passage.stack.output.count == output.width)

    let names = passage.stack.parameters.map { String($0.name.dropFirst("stack.0.".count)) }
    for (index, name) in names.enumerated() {
      let value = try reference["\(entry.name).\(name)"]
      #expect(passage.parameters.specs[index].shape == value.shape, "\(name)")
      passage.parameters.assign(
        Tensor(passage.parameters.specs[index].shape, value.values), to: index)
    }
    let cotangent = try reference["\(entry.name).cotangent"]
    let got = try passage.run(input.values, cotangent: cotangent.values)
    var deviations = [Deviation("output", got.output, output.values, entry.tolerance)]
    deviations.append(
      Deviation(
        "gradient.input", got.inputGradient,
        try reference["\(entry.name).gradient.input"].values, entry.tolerance))
    for (index, name) in names.enumerated() {
      deviations.append(
        Deviation(
          "gradient.\(name)", got.gradients[index],
          try reference["\(entry.name).gradient.\(name)"].values, .product))
    }
    for deviation in deviations { #expect(deviation.isTolerated, "\(deviation)") }
  }
}

/// The reference has batch normalisation's output; the running statistics follow PyTorch's
/// documentation: (1 - momentum) running + momentum batch, with the unbiased variance.
@Suite struct RunningStatistics {
  @Test(arguments: [([10], "batchNorm.dense"), ([4, 9, 7], "batchNorm.image")])
  func takeTheBatch(extents: [Int], name: String) throws {
    let input = try Reference("layers")["\(name).input"]
    let passage = try Passage(
      #"{"type": "batchNorm", "momentum": 0.25}"#, input: Shape(extents))
    let channels = extents[0]
    for index in 0..<2 {
      passage.state.assign(Tensor([channels], numbers(channels, seed: 3)), to: index)
    }
    _ = try passage.run(input.values, absorbs: true)
    let pixels = input.width / channels
    for channel in 0..<channels {
      let values = (0..<input.rows).flatMap { row in
        (0..<pixels).map { Double(input.values[row * input.width + channel * pixels + $0]) }
      }
      let mean = values.reduce(0, +) / Double(values.count)
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let before = Double(numbers(channels, seed: 3)[channel])
      for (index, value) in [mean, squares / Double(values.count - 1)].enumerated() {
        let got = Double(passage.state.tensor(index).values[channel])
        #expect((got - (0.75 * before + 0.25 * value)).magnitude < 1e-6)
      }
    }
  }
}
