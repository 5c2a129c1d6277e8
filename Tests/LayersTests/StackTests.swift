import JSON
import Layers
import References
import Tensors
import Testing

private func stack(_ layers: String, input: Shape = [6], needed: Int? = nil) throws -> Stack {
  try Stack(
    try [LayerChoice](json: try JSON(parsing: layers)), input: input, name: "encoder",
    needed: needed)
}

@Suite struct Stacks {
  @Test("A stack of more layers than have random numbers of their own is refused")
  func mostLayers() throws {
    func fault(_ count: Int) -> Fault? {
      let layers = [LayerChoice](repeating: LayerChoice(Tanh()) { $0 }, count: count)
      do throws(Fault) {
        _ = try Stack(layers, input: [2], name: "encoder")
        return nil
      } catch { return error }
    }
    #expect(fault(Purpose.mostLayers) == nil)
    #expect(fault(Purpose.mostLayers + 1)?.kind == .shape)
  }

  @Test func parametersAreNamedByTheirPlace() throws {
    let names = try stack(
      """
      [{"type": "dense", "units": 4}, {"type": "tanh"}, {"type": "batchNorm"},
       {"type": "residual", "layers": [{"type": "dense", "units": 3}, {"type": "relu"},
         {"type": "residual", "layers": [{"type": "dense"}]}, {"type": "dense"}]},
       {"type": "dense", "units": 2}]
      """)
    #expect(
      names.parameters.map(\.name) == [
        "encoder.0.weight", "encoder.0.bias", "encoder.2.scale", "encoder.2.shift",
        "encoder.3.layers.0.weight", "encoder.3.layers.0.bias",
        "encoder.3.layers.2.layers.0.weight", "encoder.3.layers.2.layers.0.bias",
        "encoder.3.layers.3.weight", "encoder.3.layers.3.bias", "encoder.4.weight",
        "encoder.4.bias",
      ])
    #expect(names.state.map(\.name) == ["encoder.2.runningMean", "encoder.2.runningVariance"])
  }

  @Test func aLastDenseLayerTakesWhatIsNeeded() throws {
    let free = try stack(
      #"[{"type": "dense", "units": 4}, {"type": "dense"}, {"type": "tanh"}]"#, needed: 9)
    #expect(free.output == [9])
    #expect(free.layers.map(\.parameters) == [6 * 4 + 4, 4 * 9 + 9, 0])
  }

  @Test(arguments: [
    ("[]", "", "at least one layer"),
    (#"[{"type": "dense"}, {"type": "dense", "units": 3}]"#, "[0].units", "width of the layer"),
    (
      #"[{"type": "tanh"}, {"type": "residual", "layers": [{"type": "dense", "units": 5}]}]"#,
      "[1].layers", "begin with [6] and end in [5]"
    ),
    (#"[{"type": "residual", "layers": []}]"#, "[0].layers", "at least one layer"),
    (#"[{"type": "dense", "units": 0}]"#, "[0].units", "1 to 65536"),
    (#"[{"type": "tanh", "units": 3}]"#, "[0].units", "no such member"),
    (#"[{"type": "tahn"}]"#, "[0].type", "no such layer"),
    (#"[{"type": "dropout", "rate": 1}]"#, "[0].rate", "0.99"),
  ])
  func whatDoesNotFitSaysWhere(layers: String, path: String, message: String) throws {
    let fault = try #require(throws: Fault.self) { try stack(layers) }
    #expect(fault.path == path)
    #expect(fault.message.contains(message), "\(fault.message)")
  }
}

/// Properties of dropout and initial weights that show only over many numbers.
@Suite struct ManyDraws {
  /// Each number survives with probability 1 - rate, divided by it: the mean stays.
  @Test(arguments: [0.2, 0.5, 0.9])
  func dropoutKeepsTheMean(rate: Double) throws {
    let passage = try Passage(#"{"type": "dropout", "rate": \#(rate)}"#, input: [500])
    let ones = [Float](repeating: 1, count: 40 * 500)
    let got = try passage.run(ones, cotangent: ones)
    let kept = got.output.filter { $0 != 0 }
    #expect(kept.allSatisfy { ($0 - Float(1 / (1 - rate))).magnitude < 1e-5 * $0 })
    let deviation = (rate * (1 - rate) / Double(ones.count)).squareRoot()
    #expect((Double(kept.count) / Double(ones.count) - (1 - rate)).magnitude < 4 * deviation)
    #expect(got.inputGradient == got.output)
    let other = try passage.run(
      ones, keys: Passage.Keys(names: (0..<40).map { $0 }, update: 2, seed: 1))
    #expect(other.output != got.output)
  }

  /// Uniform on ±sqrt(6 / (inputs + units)): the limit, and a standard deviation of limit /
  /// sqrt(3).
  @Test func weightsBeginGlorotUniform() throws {
    let passage = try Passage(#"{"type": "dense", "units": 128}"#, input: [196])
    let weights = passage.parameters.tensor(0).values
    let limit = (6.0 / (196 + 128)).squareRoot()
    let largest = weights.reduce(0) { max($0, Double($1.magnitude)) }
    #expect(largest <= limit && largest > 0.999 * limit)
    let square = weights.reduce(0) { $0 + Double($1) * Double($1) } / Double(weights.count)
    #expect((square - limit * limit / 3).magnitude < 0.02 * limit * limit / 3)
    #expect(passage.parameters.tensor(1).values.allSatisfy { $0 == 0 })
  }
}
